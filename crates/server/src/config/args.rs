//! The command line, read as Redis reads it: `hadal [FILE.conf] [--option value …] [-]`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt as _;

use super::load::Sources;
use super::option::table;
use super::words::{quote, split_words};

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    Run(Sources),
    Version,
    Help,
}

/// Reads the arguments that follow the program's name.
///
/// Nothing is checked here but the shape: options become lines of a file, so that they are
/// checked, and reported, like one.
pub fn parse_args(args: impl IntoIterator<Item = OsString>) -> Action {
    let args: Vec<Vec<u8>> = args.into_iter().map(OsString::into_vec).collect();
    let mut sources = Sources::default();
    let first_option = match args.first().map(Vec::as_slice) {
        Some(b"-v" | b"--version") => return Action::Version,
        Some(b"-h" | b"--help") => return Action::Help,
        Some(file) if !file.starts_with(b"-") => {
            sources.file = Some(OsString::from_vec(file.to_vec()).into());
            1
        }
        _ => 0,
    };
    // A word after an option is its value even if it begins with `--`; the next one is not.
    let mut value_owed = false;
    for (index, word) in args.iter().enumerate().skip(first_option) {
        let last = index + 1 == args.len();
        let option = word.strip_prefix(b"--").filter(|_| !value_owed);
        if word == b"-" && (index == 0 || last) {
            sources.stdin = true;
        } else if let Some(option) = option {
            if !sources.options.is_empty() {
                sources.options.push(b'\n');
            }
            sources.options.extend(option);
            sources.options.push(b' ');
            // `"--port 6380"` brings its value along.
            value_owed = split_words(word).is_ok_and(|words| words.len() == 1);
            let next_is_option = args.get(index + 1).is_some_and(|next| next.starts_with(b"--"));
            // Programs that build command lines write `--save` alone for "never".
            if value_owed && option.eq_ignore_ascii_case(b"save") && (last || next_is_option) {
                sources.options.extend(b"\"\"");
                value_owed = false;
            }
        } else {
            sources.options.extend(quote(word));
            sources.options.push(b' ');
            value_owed = false;
        }
    }
    Action::Run(sources)
}

/// What `--help` prints: how to start, and the options that matter.
pub fn help() -> String {
    let mut text = String::from(
        "Usage: hadal [FILE.conf] [--option value ...] [-]\n\
         \n  \
           FILE.conf         read options from a file, as redis.conf has them\n  \
           -                 read options from standard input, after the file\n  \
           --option value    set any option of the file; later ones win\n  \
           -v, --version     print the version\n  \
           -h, --help        print this text\n\
         \nEveryday options:\n",
    );
    for spec in table().filter(|spec| spec.everyday) {
        let default = if spec.default.is_empty() { "\"\"" } else { spec.default };
        let option = format!("--{} {default}", spec.name);
        let summary = spec.summary.split_inclusive(". ").next().unwrap_or_default().trim();
        _ = writeln!(text, "  {option:<28}  {summary}");
    }
    text.push_str(
        "\nExamples:\n  \
         hadal --dir /data --maxmemory 2gb\n  \
         hadal /etc/hadal.conf --port 7000 --appendfsync always\n  \
         echo 'port 7000' | hadal -\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Sources {
        match parse_args(args.iter().map(OsString::from)) {
            Action::Run(sources) => sources,
            other => panic!("{other:?}"),
        }
    }

    fn options(args: &[&str]) -> String {
        String::from_utf8(run(args).options).expect("ASCII")
    }

    #[test]
    fn a_first_word_without_a_dash_is_the_file() {
        let sources = run(&["hadal.conf", "--port", "7000"]);
        assert_eq!(sources.file, Some("hadal.conf".into()));
        assert_eq!(sources.options, b"port \"7000\" ");
        assert_eq!(run(&[]), Sources::default());
    }

    #[test]
    fn a_dash_first_or_last_reads_standard_input() {
        assert!(run(&["-"]).stdin);
        assert!(run(&["-", "--port", "1"]).stdin);
        assert!(run(&["x.conf", "--port", "1", "-"]).stdin);
        assert!(!run(&["x.conf", "--requirepass", "-", "--port", "1"]).stdin);
    }

    #[test]
    fn version_and_help_come_first() {
        for (word, action) in [
            ("-v", Action::Version),
            ("--version", Action::Version),
            ("-h", Action::Help),
            ("--help", Action::Help),
        ] {
            assert_eq!(parse_args([word.into(), "--port".into()]), action);
        }
    }

    #[test]
    fn options_take_one_or_several_values() {
        assert_eq!(
            options(&["--save", "900", "1", "--port", "1"]),
            "save \"900\" \"1\" \nport \"1\" "
        );
        assert_eq!(options(&["--port 1", "--hz 5"]), "port 1 \nhz 5 ");
    }

    #[test]
    fn one_value_may_begin_with_dashes() {
        assert_eq!(options(&["--port", "--bla", "--hz", "1"]), "port \"--bla\" \nhz \"1\" ");
        assert_eq!(options(&["--logfile", "--a", "--hz", "--b"]), "logfile \"--a\" \nhz \"--b\" ");
    }

    #[test]
    fn save_without_a_value_means_never() {
        assert_eq!(options(&["--save", "--port", "1"]), "save \"\"\nport \"1\" ");
        assert_eq!(options(&["--port", "1", "--save"]), "port \"1\" \nsave \"\"");
        assert_eq!(options(&["--save", "", "--port", "1"]), "save \"\" \nport \"1\" ");
    }

    #[test]
    fn the_help_names_the_everyday_options() {
        let help = help();
        assert!(help.contains("--maxmemory 50%"), "{help}");
        assert!(!help.contains("--hz"), "{help}");
        assert!(help.lines().all(|line| line.len() < 120), "{help}");
    }
}
