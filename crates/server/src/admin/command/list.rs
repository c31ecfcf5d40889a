//! COMMAND LIST: names, all of them or some.

use hadal_command::{Category, Fault, Spec, Words, parse};
use hadal_resp::Writer;
use hadal_value::glob::{Case, matches};

use crate::{
    admin::at_once,
    table::{Answer, Context},
};

/// Which commands are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter<'a> {
    All,
    /// There are no modules, so none has a command.
    Nothing,
    Category(Category),
    Pattern(&'a [u8]),
}

impl<'a> Filter<'a> {
    fn parse(options: Words<'a>) -> Result<Self, Fault> {
        match options {
            [] => Ok(Self::All),
            [word, kind, value] if parse::is(word, "FILTERBY") => Self::by(kind, value),
            _ => Err(Fault::Syntax),
        }
    }

    fn by(kind: &[u8], value: &'a [u8]) -> Result<Self, Fault> {
        match kind.to_ascii_lowercase().as_slice() {
            b"module" => Ok(Self::Nothing),
            b"aclcat" => {
                let category = Category::from_name(value);
                Ok(category.map_or(Self::Nothing, Self::Category))
            }
            b"pattern" => Ok(Self::Pattern(value)),
            _ => Err(Fault::Syntax),
        }
    }

    fn accepts(self, spec: &Spec) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Category(category) => spec.acl_categories().contains(&category),
            Self::Pattern(pattern) => matches(pattern, spec.name.as_bytes(), Case::Ignored),
        }
    }
}

pub(super) fn list<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    let filter = match Filter::parse(&words[2..]) {
        Ok(filter) => filter,
        Err(fault) => return at_once(Err(fault)),
    };
    let specs = context.server.table.entries().iter().map(|entry| entry.spec);
    let names: Vec<&str> =
        specs.filter(|spec| filter.accepts(spec)).map(|spec| spec.name).collect();
    reply.array(names.len());
    for name in names {
        reply.bulk(name.as_bytes());
    }
    at_once(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_in_any_case_and_unknown_ones_refused() {
        assert_eq!(Filter::parse(&[]), Ok(Filter::All));
        let words: Words<'_> = &[b"filterby", b"AclCat", b"STRING"];
        assert_eq!(Filter::parse(words), Ok(Filter::Category(Category::String)));
        let words: Words<'_> = &[b"filterby", b"aclcat", b"nope"];
        assert_eq!(Filter::parse(words), Ok(Filter::Nothing));
        assert_eq!(Filter::parse(&[b"filterby", b"foo", b"x"]), Err(Fault::Syntax));
        assert_eq!(Filter::parse(&[b"filterby", b"pattern"]), Err(Fault::Syntax));
    }

    #[test]
    fn patterns_see_the_full_name_of_subcommands() {
        let spec = Spec { name: "config|get", ..Spec::BASE };
        assert!(Filter::Pattern(b"CONFIG*").accepts(&spec));
        assert!(!Filter::Pattern(b"get").accepts(&spec));
    }
}
