//! Names of what is audited beside the actions of the policies.

/// Somebody signed in, or tried to.
pub const SIGN_IN: &str = "session:sign-in";
/// Somebody signed out.
pub const SIGN_OUT: &str = "session:sign-out";
/// Somebody chose the role that a session carries.
pub const SELECT_ROLE: &str = "session:select-role";
/// Somebody got a ticket that opens a socket.
pub const TICKET: &str = "session:ticket";
/// Somebody listed or searched plans.
pub const FIND_PLANS: &str = "plan:find";
/// Somebody looked up what was read in an emergency.
pub const READ_RUN: &str = "run:read";
/// Somebody ended a relationship of their own.
pub const END_RELATIONSHIP: &str = "relationship:end";
/// A publication was made.
pub const PUBLISH: &str = "publication:make";
/// A printed plan was withdrawn, whoever holds it.
pub const REVOKE_PRINT: &str = "print:revoke";
/// A publication of before there was a chain was taken into it.
pub const TAKE_IN: &str = "publication:take-in";
/// Somebody began to change a section, or went on after a while.
pub const CHANGE: &str = "section:change";
/// Something was taken over from another record.
pub const IMPORT: &str = "import:take-over";
/// A document of another record was kept beside a plan.
pub const ATTACH: &str = "attachment:add";
/// Somebody read one.
pub const READ_ATTACHMENT: &str = "attachment:read";
/// The change log of a document was digested.
pub const DIGEST: &str = "log:digest";
