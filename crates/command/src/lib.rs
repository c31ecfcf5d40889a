//! What each data command means: one family per file, the table beside the handlers.
//!
//! A handler is a plain function over resident data. It ends in a reply, a [`Fault`], or
//! [`Stop::Miss`]: then the driver loads what was missing and runs it again from the start. One
//! that has to wait for other clients ends in [`Stop::Block`], one whose answer is larger than memory
//! in [`Stop::Stream`].

pub mod bitmap;
mod draw;
pub mod fault;
mod first_of;
pub mod generic;
pub mod geo;
pub mod hash;
pub mod hyperloglog;
pub mod list;
pub mod parse;
mod scan;
pub mod set;
pub mod sorted_set;
pub mod spec;
mod stream;
pub mod string;
pub mod table;
pub mod testing;
mod text;
mod wait;

pub use fault::{Block, Fault, Stop};
pub use spec::{
    Access, Arg, Arity, Category, Data, Deprecated, Elements, Flag, Group, Key, KeyFlags, KeySpec,
    Kind, Spec, Speed, Tip, Words,
};
pub use stream::{Broken, Stream, Written};
pub use table::{Command, Handler, table};
