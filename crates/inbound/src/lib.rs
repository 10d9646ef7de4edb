//! Mail that arrives: bounces, reports, complaints, unsubscribe mail, replies.
