//! Stands in for the driver until it is there.
#[derive(Debug, Default)]
pub struct Driver;
#[derive(Debug, Default)]
pub struct Scratch;
#[derive(Debug, Default)]
pub struct Pins;
#[derive(Debug, Default)]
pub struct Watching;
