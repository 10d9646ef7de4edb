//! Bytes of Internet mail to values and back.
