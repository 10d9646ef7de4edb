//! SMTP commands, one line each (RFC 5321 §4.1). Pure: bytes in, values out.

/// Octets of a command line with its CRLF (T3): RFC 5321 §4.5.3.1.4, and room
/// for the parameters of the extensions that we offer.
pub const MAX_COMMAND: usize = 512 + 64;
/// Octets of a path with its brackets (RFC 5321 §4.5.3.1.3).
pub const MAX_PATH: usize = 256;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `EHLO name`.
    Ehlo(String),
    /// `HELO name`.
    Helo(String),
    /// `MAIL FROM:<path> …`; an empty path is `<>`.
    Mail {
        /// The path without brackets.
        path: String,
        /// `SIZE=`, in octets.
        size: Option<u64>,
        /// `SMTPUTF8` was given.
        smtputf8: bool,
    },
    /// `RCPT TO:<path>`.
    Rcpt(String),
    /// `DATA`.
    Data,
    /// `RSET`.
    Rset,
    /// `NOOP`, with or without text.
    Noop,
    /// `QUIT`.
    Quit,
    /// `STARTTLS`.
    StartTls,
    /// `VRFY` and `EXPN`: no information is given.
    Verify,
    /// `HELP`.
    Help,
}

/// Why a line is no command; the reply says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCommand {
    /// The verb is not known, or not offered.
    Unknown,
    /// The verb is known; what follows is not as it must be.
    Arguments,
    /// A parameter of MAIL or RCPT is not offered.
    Parameter,
    /// A path is longer than [`MAX_PATH`], or its parts are too long.
    TooLong,
    /// The path names a route or is no address at all.
    Path,
}

impl BadCommand {
    /// The reply to it.
    #[must_use]
    pub const fn reply(self) -> &'static str {
        match self {
            Self::Unknown => "500 5.5.2 command not known",
            Self::Arguments => "501 5.5.4 this command wants other arguments",
            Self::Parameter => "555 5.5.4 parameter not offered",
            Self::TooLong => "501 5.1.3 the address is too long",
            Self::Path => "501 5.1.3 this is no address",
        }
    }
}

/// Reads one line without its CRLF.
///
/// # Errors
/// [`BadCommand`].
pub fn parse(line: &[u8]) -> Result<Command, BadCommand> {
    let line = std::str::from_utf8(line).map_err(|_| BadCommand::Arguments)?;
    if line.bytes().any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f) {
        return Err(BadCommand::Arguments);
    }
    let line = line.trim_end_matches([' ', '\t']);
    let (verb, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let rest = rest.trim_start_matches([' ', '\t']);
    let alone = |command| if rest.is_empty() { Ok(command) } else { Err(BadCommand::Arguments) };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => greeting_name(rest).map(Command::Ehlo),
        "HELO" => greeting_name(rest).map(Command::Helo),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Rset),
        "NOOP" => Ok(Command::Noop),
        "QUIT" => alone(Command::Quit),
        "STARTTLS" => alone(Command::StartTls),
        "VRFY" | "EXPN" => Ok(Command::Verify),
        "HELP" => Ok(Command::Help),
        _ => Err(BadCommand::Unknown),
    }
}

fn greeting_name(text: &str) -> Result<String, BadCommand> {
    let fits = !text.is_empty() && text.len() <= 255 && !text.contains([' ', '\t', '<', '>']);
    if fits { Ok(text.to_owned()) } else { Err(BadCommand::Arguments) }
}

fn mail(rest: &str) -> Result<Command, BadCommand> {
    let (path, parameters) = path(after(rest, "FROM:")?)?;
    let (mut size, mut smtputf8) = (None, false);
    for parameter in parameters.split_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
            ("SIZE", digits) if (1..=20).contains(&digits.len()) => {
                size = Some(digits.parse().map_err(|_| BadCommand::Arguments)?);
            }
            ("BODY", "7BIT" | "8BITMIME") => {}
            ("SMTPUTF8", "") => smtputf8 = true,
            ("SIZE" | "BODY" | "SMTPUTF8", _) => return Err(BadCommand::Arguments),
            _ => return Err(BadCommand::Parameter),
        }
    }
    Ok(Command::Mail { path, size, smtputf8 })
}

fn rcpt(rest: &str) -> Result<Command, BadCommand> {
    let (path, parameters) = path(after(rest, "TO:")?)?;
    match (path.is_empty(), parameters.is_empty()) {
        (true, _) => Err(BadCommand::Path),
        (false, false) => Err(BadCommand::Parameter),
        (false, true) => Ok(Command::Rcpt(path)),
    }
}

fn after<'a>(text: &'a str, word: &str) -> Result<&'a str, BadCommand> {
    let (head, rest) = text.split_at_checked(word.len()).ok_or(BadCommand::Arguments)?;
    if head.eq_ignore_ascii_case(word) { Ok(rest.trim_start_matches([' ', '\t'])) } else { Err(BadCommand::Arguments) }
}

/// The path between its brackets, and what follows. Brackets inside a quoted local part do not end it.
fn path(text: &str) -> Result<(String, &str), BadCommand> {
    let inner = text.strip_prefix('<').ok_or(BadCommand::Arguments)?;
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in inner.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return finish_path(&inner[..at], &inner[at + 1..]),
            _ => {}
        }
    }
    Err(BadCommand::Arguments)
}

fn finish_path<'a>(path: &str, rest: &'a str) -> Result<(String, &'a str), BadCommand> {
    if path.len() + 2 > MAX_PATH {
        return Err(BadCommand::TooLong);
    }
    let ends_well = rest.is_empty() || rest.starts_with([' ', '\t']);
    // A route is a relic (RFC 5321 §4.1.2): nobody who writes to us needs one.
    if !ends_well || path.starts_with('@') || path.contains([' ', '\t', '<']) {
        return Err(BadCommand::Path);
    }
    Ok((path.to_owned(), rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_are_read_in_any_case() {
        let read = |line: &str| parse(line.as_bytes());
        assert_eq!(read("ehlo mx.a.example"), Ok(Command::Ehlo("mx.a.example".into())));
        assert_eq!(
            read("mail from:<> size=100 Body=8BitMime"),
            Ok(Command::Mail { path: String::new(), size: Some(100), smtputf8: false })
        );
        assert_eq!(read("RCPT TO: <a@b.example> "), Ok(Command::Rcpt("a@b.example".into())));
        assert_eq!(read("Rcpt To:<\"a>b\"@b.example>"), Ok(Command::Rcpt("\"a>b\"@b.example".into())));
        assert_eq!(read("quit"), Ok(Command::Quit));
        assert_eq!(read("VRFY root"), Ok(Command::Verify));
    }

    /// Proves T3: a path of 256 octets with its brackets is read, a longer one is refused.
    #[test]
    fn t3_a_path_has_its_limit() {
        let path = |length: usize| format!("RCPT TO:<{}@b.example>", "a".repeat(length - 12));
        assert!(parse(path(256).as_bytes()).is_ok());
        assert_eq!(parse(path(257).as_bytes()), Err(BadCommand::TooLong));
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        for (line, why) in [
            ("BDAT 3 LAST", BadCommand::Unknown),
            ("", BadCommand::Unknown),
            ("DATA now", BadCommand::Arguments),
            ("MAIL FROM:a@b.example", BadCommand::Arguments),
            ("MAIL FROM:<a@b.example> SIZE=x", BadCommand::Arguments),
            ("MAIL FROM:<a@b.example> AUTH=<>", BadCommand::Parameter),
            ("RCPT TO:<>", BadCommand::Path),
            ("RCPT TO:<@x.example:a@b.example>", BadCommand::Path),
            ("RCPT TO:<a@b.example>x", BadCommand::Path),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", BadCommand::Parameter),
            ("EHLO", BadCommand::Arguments),
            ("EHLO a b", BadCommand::Arguments),
        ] {
            assert_eq!(parse(line.as_bytes()), Err(why), "{line}");
        }
        assert_eq!(parse(b"NOOP \x00"), Err(BadCommand::Arguments));
        assert_eq!(parse(b"NOOP \xff"), Err(BadCommand::Arguments));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), near in "(MAIL FROM|RCPT TO|mail from): ?[<>a@\"\\\\ =.]{0,40}") {
            let _ = parse(&bytes);
            let _ = parse(near.as_bytes());
        }
    }
}
