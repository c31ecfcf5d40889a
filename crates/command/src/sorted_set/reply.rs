//! Members in replies: alone, or with their scores.

use hadal_resp::{Proto, Writer};

/// Members and their scores, on their own.
pub(crate) type Members = Vec<(Vec<u8>, f64)>;

/// What a call shows of each member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The member.
    Members,
    /// The member and its score: pairs in RESP3, one flat array in RESP2.
    Scores,
}

impl Shown {
    /// Starts an array; `count` members follow.
    pub(crate) fn begin(self, count: u64, reply: &mut Writer) {
        let count = count as usize;
        match (self, reply.proto()) {
            (Self::Scores, Proto::Resp2) => reply.array(count * 2),
            (Self::Members, _) | (Self::Scores, Proto::Resp3) => reply.array(count),
        }
    }

    /// All of these as an array.
    pub(super) fn all(self, members: &Members, reply: &mut Writer) {
        self.begin(members.len() as u64, reply);
        for (member, score) in members {
            self.member(member, *score, reply);
        }
    }

    pub(crate) fn member(self, member: &[u8], score: f64, reply: &mut Writer) {
        if self == Self::Scores && reply.proto() == Proto::Resp3 {
            reply.array(2);
        }
        reply.bulk(member);
        if self == Self::Scores {
            reply.double(score);
        }
    }
}
