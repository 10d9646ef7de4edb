//! What the gate promises, tested through its public face.

mod armour;
mod chromium;
mod duties;
mod hostile;
mod judge;
mod mutations;
mod world;
