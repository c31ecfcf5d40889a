//! Looking for an item by what it is.

use std::ops::ControlFlow;

use hadal_value::collection::sequence::SequenceRef;
use hadal_value::tree::{Direction, Pages};

use super::end::{End, check_fits};
use crate::Stop;

/// Items that are looked at first. Each further part is as long as all before it: a list that is
/// not in memory is loaded in a few steps, and not further than needed.
const FIRST_COUNT: u64 = 512;

/// Calls `f` with the index of each item that is `wanted`, from an end on, until told to stop or
/// until `count_max` items have been looked at.
pub(super) fn find<P: Pages>(
    list: &SequenceRef<'_, P>,
    wanted: &[u8],
    (end, count_max): (End, u64),
    bytes_max: u64,
    f: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(), Stop> {
    let len = list.len();
    let all = count_max.min(len);
    let mut seen = 0;
    while seen < all {
        let part = seen.max(FIRST_COUNT).min(all - seen);
        check_fits(bytes_max, list.bytes(), seen + part, len)?;
        let (start, direction) = match end {
            End::Left => (seen, Direction::Forward),
            End::Right => (len - 1 - seen, Direction::Backward),
        };
        let mut flow = ControlFlow::Continue(());
        list.range(start, part, direction, &mut |item| {
            let index = if end == End::Left { seen } else { len - 1 - seen };
            seen += 1;
            if item == wanted {
                flow = f(index);
            }
            flow
        })?;
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}
