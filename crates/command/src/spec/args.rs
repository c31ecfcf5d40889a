//! The words after a command's name: what `COMMAND DOCS` lists and the manual prints.

/// One argument, or a group of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arg {
    /// As `COMMAND DOCS` calls it.
    pub name: &'static str,
    /// What it takes.
    pub kind: ArgType,
    /// The word in capitals before it, or that it consists of.
    pub token: Option<&'static str>,
    /// What the manual prints instead of the name.
    pub display: Option<&'static str>,
    /// Which of the command's key specs finds it.
    pub key_spec: Option<usize>,
    /// The release that added it, if that is not the command's.
    pub since: Option<&'static str>,
    /// The release that advised against it.
    pub deprecated_since: Option<&'static str>,
    /// May be left out.
    pub optional: bool,
    /// May be repeated.
    pub multiple: bool,
    /// Repeating repeats the token, too.
    pub multiple_token: bool,
}

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the name is all there is")]
pub enum ArgType {
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    /// Nothing but its token.
    PureToken,
    /// One of these.
    OneOf(&'static [Arg]),
    /// All of these, in order.
    Block(&'static [Arg]),
}

impl ArgType {
    /// As `COMMAND DOCS` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Double => "double",
            Self::Key => "key",
            Self::Pattern => "pattern",
            Self::UnixTime => "unix-time",
            Self::PureToken => "pure-token",
            Self::OneOf(_) => "oneof",
            Self::Block(_) => "block",
        }
    }
}

impl Arg {
    /// An argument of any type; the constructors below are shorter.
    pub const fn new(name: &'static str, kind: ArgType) -> Self {
        Self {
            name,
            kind,
            token: None,
            display: None,
            key_spec: None,
            since: None,
            deprecated_since: None,
            optional: false,
            multiple: false,
            multiple_token: false,
        }
    }

    /// Any text.
    pub const fn string(name: &'static str) -> Self {
        Self::new(name, ArgType::String)
    }

    /// A whole number.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, ArgType::Integer)
    }

    /// A number.
    pub const fn double(name: &'static str) -> Self {
        Self::new(name, ArgType::Double)
    }

    /// A key that the command's first key spec finds.
    pub const fn key(name: &'static str) -> Self {
        Self { key_spec: Some(0), ..Self::new(name, ArgType::Key) }
    }

    /// A glob-style pattern.
    pub const fn pattern(name: &'static str) -> Self {
        Self::new(name, ArgType::Pattern)
    }

    /// A point in time.
    pub const fn unix_time(name: &'static str) -> Self {
        Self::new(name, ArgType::UnixTime)
    }

    /// A word in capitals with nothing after it.
    pub const fn flag(name: &'static str, token: &'static str) -> Self {
        Self { token: Some(token), ..Self::new(name, ArgType::PureToken) }
    }

    /// One of several.
    pub const fn one_of(name: &'static str, args: &'static [Arg]) -> Self {
        Self::new(name, ArgType::OneOf(args))
    }

    /// Several in a row.
    pub const fn block(name: &'static str, args: &'static [Arg]) -> Self {
        Self::new(name, ArgType::Block(args))
    }

    /// With this word in capitals before it.
    #[must_use]
    pub const fn token(mut self, token: &'static str) -> Self {
        self.token = Some(token);
        self
    }

    /// Printed differently in the manual.
    #[must_use]
    pub const fn display(mut self, display: &'static str) -> Self {
        self.display = Some(display);
        self
    }

    /// Found by this key spec.
    #[must_use]
    pub const fn key_spec(mut self, index: usize) -> Self {
        self.key_spec = Some(index);
        self
    }

    /// Added in this release.
    #[must_use]
    pub const fn since(mut self, release: &'static str) -> Self {
        self.since = Some(release);
        self
    }

    /// Advised against since this release.
    #[must_use]
    pub const fn deprecated_since(mut self, release: &'static str) -> Self {
        self.deprecated_since = Some(release);
        self
    }

    /// May be left out.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// May be repeated.
    #[must_use]
    pub const fn multiple(mut self) -> Self {
        self.multiple = true;
        self
    }

    /// Repeating it repeats the token, too.
    #[must_use]
    pub const fn multiple_token(mut self) -> Self {
        self.multiple = true;
        self.multiple_token = true;
        self
    }

    /// The arguments inside, if it is a group.
    pub fn parts(&self) -> &'static [Arg] {
        match self.kind {
            ArgType::OneOf(args) | ArgType::Block(args) => args,
            _ => &[],
        }
    }

    /// The flags `COMMAND DOCS` shows.
    pub fn flag_names(&self) -> Vec<&'static str> {
        [
            (self.optional, "optional"),
            (self.multiple, "multiple"),
            (self.multiple_token, "multiple_token"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect()
    }

    /// What the manual prints: `[EX seconds | PX milliseconds]`.
    fn render(&self) -> String {
        let body = match self.kind {
            ArgType::PureToken => String::new(),
            ArgType::OneOf(args) => {
                let choices: Vec<_> = args.iter().map(Self::render).collect();
                let choices = choices.join(" | ");
                if self.optional && self.token.is_none() { choices } else { format!("<{choices}>") }
            }
            ArgType::Block(args) => syntax(args),
            _ => self.display.unwrap_or(self.name).to_owned(),
        };
        let once = match self.token {
            Some(token) if body.is_empty() => token.to_owned(),
            Some(token) => format!("{token} {body}"),
            None => body.clone(),
        };
        let again = if self.multiple_token { &once } else { &body };
        let all = if self.multiple { format!("{once} [{again} ...]") } else { once.clone() };
        if self.optional { format!("[{all}]") } else { all }
    }
}

/// The arguments in the notation of the Redis manual.
pub(super) fn syntax(args: &[Arg]) -> String {
    args.iter().map(Arg::render).collect::<Vec<_>>().join(" ")
}
