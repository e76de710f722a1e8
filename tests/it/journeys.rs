//! What people do, from end to end: real peers and the API against the running server, with the words that each sees.

mod bedside;
mod care_home;
mod cpr_twice;
mod meeting;
mod objecting;
mod reading;
mod replay;
mod restricted;
mod stage;
