//! Access: the rules over HTTP and over the socket, what no rule can be got round by, and the page that explains them.

mod court;
mod folder;
mod granted;
mod handbook;
mod kept;
mod rules;
