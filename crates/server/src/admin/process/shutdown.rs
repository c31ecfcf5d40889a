//! SHUTDOWN.

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use crate::{
    server::Ending,
    table::{Answer, Context},
};

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    End(Ending),
    /// Ending takes no notice of the caller any more once it has begun.
    Abort,
}

pub(super) fn shutdown<'a>(
    context: Context<'a>,
    words: Words<'a>,
    _: &'a mut Writer,
) -> Answer<'a> {
    Box::pin(async move {
        match order(&words[1..])? {
            Order::Abort => Err(Fault::Text("ERR No shutdown in progress.")),
            Order::End(ending) => {
                let Err(_) = context.server.shutdown.request(ending).await;
                Err(Fault::Text("ERR Errors trying to SHUTDOWN. Check logs."))
            }
        }
    })
}

fn order(options: Words<'_>) -> Result<Order, Fault> {
    let mut ending = Ending::default();
    let (mut now, mut abort) = (false, false);
    for word in options {
        let save = match word {
            word if parse::is(word, "SAVE") => Some(true),
            word if parse::is(word, "NOSAVE") => Some(false),
            _ => None,
        };
        match word {
            _ if save.is_some() && ending.save.is_none_or(|other| Some(other) == save) => {
                ending.save = save;
            }
            word if parse::is(word, "FORCE") => ending.force = true,
            word if parse::is(word, "NOW") => now = true,
            word if parse::is(word, "ABORT") => abort = true,
            _ => return Err(Fault::Syntax),
        }
    }
    match (abort, now || ending != Ending::default()) {
        (true, true) => Err(Fault::Syntax),
        (true, false) => Ok(Order::Abort),
        (false, _) => Ok(Order::End(ending)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_add_up_unless_they_contradict_each_other() {
        assert_eq!(order(&[]), Ok(Order::End(Ending::default())));
        let ending = Ending { save: Some(false), force: true };
        assert_eq!(order(&[b"nosave", b"FORCE", b"now"]), Ok(Order::End(ending)));
        assert_eq!(order(&[b"abort"]), Ok(Order::Abort));
        assert_eq!(order(&[b"save", b"nosave"]), Err(Fault::Syntax));
        assert_eq!(order(&[b"abort", b"now"]), Err(Fault::Syntax));
        assert_eq!(order(&[b"foo"]), Err(Fault::Syntax));
    }
}
