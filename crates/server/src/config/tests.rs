//! The table, and the configuration from file to reply.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::values::{Values, default};
use super::*;

const HERE: Caller = Caller { local: true, loading: false };

fn host() -> Host {
    Host { memory_bytes: 8_000_000_000, cpus: 4, current_dir: "/srv/hadal".into() }
}

fn defaults() -> Config {
    Config::defaults(host())
}

fn load(args: &[&str]) -> Result<Config, String> {
    let Action::Run(sources) = parse_args(args.iter().map(OsString::from)) else {
        panic!("{args:?} asks for help")
    };
    sources.load(host(), &mut &b""[..]).map_err(|error| error.to_string())
}

fn from_text(text: &str) -> Result<Config, String> {
    let sources = Sources { stdin: true, ..Sources::default() };
    sources.load(host(), &mut text.as_bytes()).map_err(|error| error.to_string())
}

/// One value by exact name or pattern, as text.
fn get(config: &Config, name: &str) -> String {
    let told = config.get(&[name.as_bytes()]);
    let [(_, value)] = told.as_slice() else { panic!("{name}: {told:?}") };
    String::from_utf8_lossy(value).into_owned()
}

fn set(config: &Config, words: &[&str]) -> Result<Vec<&'static str>, String> {
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    config.set(&words, HERE).map_err(|error| error.to_string())
}

// The table.

#[test]
fn every_name_and_alias_is_unique_and_lower_case() {
    let mut seen = BTreeSet::new();
    for name in table().flat_map(Spec::names) {
        assert!(seen.insert(name), "{name} twice");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b"-_".contains(&b)), "{name}");
    }
}

#[test]
fn an_option_works_exactly_if_it_is_a_field_of_the_settings() {
    let works = table().filter(|spec| spec.effect == Effect::Works).map(|spec| spec.name);
    let works: BTreeSet<_> = works.collect();
    assert_eq!(works, Settings::OPTIONS.iter().copied().collect());
}

#[test]
fn every_default_is_a_value_that_its_own_text_gives_back() {
    let config = defaults();
    for spec in table().filter(|spec| spec.change == Change::Live) {
        let before = get(&config, spec.name);
        set(&config, &[spec.name, &before]).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(get(&config, spec.name), before, "{}", spec.name);
    }
}

#[test]
fn every_option_survives_a_rewrite_and_a_start() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hadal.conf");
    fs::write(&path, "port 7000\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load(&[path]).unwrap();
    config.rewrite(None, Write::All).unwrap();
    let text = fs::read_to_string(path).unwrap();
    for spec in table().filter(|spec| spec.name != "replicaof") {
        assert!(text.lines().any(|line| line.starts_with(spec.name)), "{}", spec.name);
    }
    let again = load(&[path]).unwrap();
    assert_eq!(again.get(&[b"*"]), config.get(&[b"*"]));
    assert_eq!(again.settings(), config.settings());
}

#[test]
fn summaries_are_sentences() {
    for spec in table() {
        assert!(spec.summary.ends_with('.') && spec.summary.len() < 300, "{}", spec.name);
        assert!(!spec.summary.contains("  "), "{}", spec.name);
    }
}

#[test]
fn the_documentation_is_fresh() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, markdown()).unwrap();
    }
    let page = fs::read_to_string(path).unwrap_or_default();
    assert!(page == markdown(), "run the test again with UPDATE_DOCS=1");
}

// Start.

#[test]
fn without_a_word_everything_is_at_its_default() {
    let config = load(&[]).unwrap();
    let settings = config.settings();
    assert_eq!(settings.port, 6379);
    assert_eq!(settings.bind, ["127.0.0.1", "-::1"]);
    assert_eq!(settings.maxmemory_bytes, 4_000_000_000);
    assert_eq!(settings.threads, 4);
    assert_eq!(settings.dir, Path::new("/srv/hadal"));
    assert_eq!(settings.cache_flush_delay, Duration::from_secs(10));
    assert_eq!(settings.appendfsync, Appendfsync::Everysec);
    assert_eq!(settings.enable_debug_command, Allowed::Local);
    assert_eq!(settings.timeout, None);
    assert_eq!(config.startup(), &Startup::default());
}

#[test]
fn the_last_line_wins_and_save_adds_up() {
    let config = from_text("port 1\nsave 900 1\n# port 3\n  PORT 2\r\nsave 300 10\n").unwrap();
    assert_eq!(get(&config, "port"), "2");
    assert_eq!(get(&config, "save"), "900 1 300 10");
    assert_eq!(get(&from_text("save 900 1\nsave ''").unwrap(), "save"), "");
    assert_eq!(get(&from_text("").unwrap(), "save"), "3600 1 300 100 60 10000");
}

#[test]
fn several_values_may_come_as_one_word() {
    let config = load(&["--shutdown-on-sigint", "nosave force now", "--bind", "a -b"]).unwrap();
    assert_eq!(get(&config, "shutdown-on-sigint"), "nosave now force");
    assert_eq!(config.settings().bind, ["a", "-b"]);
    assert_eq!(
        config.settings().shutdown_on_sigint,
        [Shutdown::Nosave, Shutdown::Now, Shutdown::Force]
    );
}

#[test]
fn words_after_the_file_may_lack_their_dashes() {
    let config = load(&["--hz", "5", "--maxmemory '700mb'"]).unwrap();
    assert_eq!(get(&config, "maxmemory"), "734003200");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.conf");
    fs::write(&path, "").unwrap();
    let config = load(&[path.to_str().unwrap(), "loglevel", "verbose", "--hz 7"]).unwrap();
    assert_eq!((get(&config, "loglevel"), get(&config, "hz")), ("verbose".into(), "7".into()));
}

#[test]
fn buffer_limits_change_the_classes_they_name() {
    let config = from_text("client-output-buffer-limit slave 1mb 512kb 5").unwrap();
    assert_eq!(
        get(&config, "client-output-buffer-limit"),
        "normal 0 0 0 slave 1048576 524288 5 pubsub 33554432 8388608 60"
    );
}

#[test]
fn ancestors_and_renamed_options_keep_their_names() {
    let config = from_text("diskstore-path /data\ncache-max-memory 1gb\nslaveof h 1\n").unwrap();
    let settings = config.settings();
    assert_eq!(settings.dir, Path::new("/data"));
    assert_eq!(settings.maxmemory_bytes, 1 << 30);
    assert_eq!(settings.replica_of, Some(("h".into(), 1)));
}

#[test]
fn percentages_are_told_in_bytes_for_maxmemory_only() {
    let config = from_text("maxmemory 25%\nmaxmemory-clients 10%\n").unwrap();
    assert_eq!(get(&config, "maxmemory"), "2000000000");
    assert_eq!(get(&config, "maxmemory-clients"), "10%");
    assert_eq!(config.settings().maxmemory_clients_bytes, Some(200_000_000));
}

#[test]
fn no_memory_limit_means_the_default() {
    let config = from_text("maxmemory 0").unwrap();
    assert_eq!(get(&config, "maxmemory"), "0");
    assert_eq!(config.settings().maxmemory_bytes, 4_000_000_000);
}

#[test]
fn what_only_the_start_needs_is_kept_apart() {
    let config =
        from_text("rename-command FLUSHALL \"\"\nuser alice on +@all\nsave 1 1\nappendonly yes")
            .unwrap();
    let startup = config.startup();
    assert_eq!(startup.renamed_commands, [(b"FLUSHALL".to_vec(), vec![])]);
    assert_eq!(startup.users, [[b"alice".to_vec(), b"on".to_vec(), b"+@all".to_vec()]]);
    assert_eq!(startup.without_effect, ["save"]);
}

#[test]
fn paths_start_from_the_directory_of_the_dataset() {
    let config = from_text("dir data\nlogfile x.log\nunixsocket /tmp/s\n").unwrap();
    let settings = config.settings();
    assert_eq!(settings.logfile.as_deref(), Some(Path::new("/srv/hadal/data/x.log")));
    assert_eq!(settings.unixsocket.as_deref(), Some(Path::new("/tmp/s")));
    assert_eq!(settings.rdb_path(), Path::new("/srv/hadal/data/dump.rdb"));
    assert_eq!(get(&config, "dir"), "/srv/hadal/data");
}

#[test]
fn files_include_others_and_patterns_may_match_none() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    fs::create_dir(dir.path().join("conf.d")).unwrap();
    fs::write(dir.path().join("conf.d/2.conf"), "port 2\n").unwrap();
    fs::write(dir.path().join("conf.d/1.conf"), "port 1\nhz 9\n").unwrap();
    fs::write(dir.path().join("conf.d/.3.conf"), "port 3\n").unwrap();
    let main = format!("port 0\ninclude {root}/conf.?/*.conf\ninclude {root}/none/*\n");
    let config = from_text(&main).unwrap();
    assert_eq!((get(&config, "port"), get(&config, "hz")), ("2".into(), "9".into()));
    let error = from_text(&format!("\ninclude {root}/absent.conf")).unwrap_err();
    assert_eq!(
        error,
        format!(
            "standard input:2: could not read the configuration file {root}/absent.conf: \
             No such file or directory"
        )
    );
}

#[test]
fn a_file_that_includes_itself_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.conf");
    fs::write(&path, format!("include {}\n", path.display())).unwrap();
    let error = load(&[path.to_str().unwrap()]).unwrap_err();
    assert!(error.ends_with("files include each other too deep"), "{error}");
}

#[test]
fn a_bad_line_is_told_with_its_place_and_what_was_expected() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.conf");
    fs::write(&path, "# first\nport 70000\n").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(
        load(&[path]).unwrap_err(),
        format!(
            "{path}:2: 'port 70000': argument must be between 0 and 65535 inclusive; \
             expected port <an integer from 0 to 65535>"
        )
    );
    assert_eq!(
        from_text("maxmemroy 1").unwrap_err(),
        "standard input:1: 'maxmemroy 1': Bad directive or wrong number of arguments; \
         expected the name of an option, such as 'maxmemory'"
    );
}

#[test]
fn the_command_line_is_refused_in_the_words_of_redis() {
    let cases: &[(&[&str], &str, &str)] = &[
        (&["--invalid"], "'invalid'", "Bad directive or wrong number of arguments"),
        (&["--port"], "'port'", "wrong number of arguments"),
        (&["--port", "6380", "--loglevel"], "'loglevel'", "wrong number of arguments"),
        (&["--port", "1", "2"], "'port \"1\" \"2\"'", "wrong number of arguments"),
        (
            &["--port", "--bla", "--loglevel", "verbose"],
            "'port \"--bla\"'",
            "argument couldn't be parsed into an integer",
        ),
        (
            &["--logfile", "--f", "--loglevel", "--bla"],
            "'loglevel \"--bla\"'",
            "argument(s) must be one of the following: debug, verbose, notice, warning, nothing",
        ),
        (&["--shutdown-on-sigint"], "'shutdown-on-sigint'", "argument(s) must be one of"),
        (&["--replicaof", "h", "abc"], "'replicaof \"h\" \"abc\"'", "Invalid master port"),
        (&["--bind", "a 'b"], "'bind \"a 'b\"'", "Unbalanced quotes"),
        (&["--loadmodule", "x.so"], "'loadmodule \"x.so\"'", "modules are not supported"),
    ];
    for (args, line, problem) in cases {
        let error = load(args).unwrap_err();
        let start = format!("command line: {line}: {problem}");
        assert!(error.starts_with(&start), "{error}\nshould begin with\n{start}");
    }
    let error = load(&["--cluster-enabled", "yes", "--replicaof", "h", "1"]).unwrap_err();
    assert_eq!(error, "replicaof directive not allowed in cluster mode");
}

#[test]
fn lines_that_redis_forgets_are_forgotten() {
    assert!(from_text("lua-replicate-commands yes\nlist-max-ziplist-value 64\n").is_ok());
}

#[test]
fn any_bytes_as_a_file_give_an_answer() {
    let mut seed = 1_u64;
    for _ in 0..2000 {
        let text: Vec<u8> = (0..40)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                b"save bind \"'\\x\n #-1kb%\xff"[(seed >> 33) as usize % 22]
            })
            .collect();
        let sources = Sources { options: text, ..Sources::default() };
        drop(sources.load(host(), &mut &b""[..]));
    }
}

// CONFIG GET.

#[test]
fn patterns_tell_aliases_too_and_each_name_once() {
    let config = defaults();
    let told = config.get(&[b"maxmemory", b"maxmemory*", b"bind", b"*of"]);
    let names: Vec<&str> = told.iter().map(|(name, _)| str::from_utf8(name).unwrap()).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), unique.len(), "{names:?}");
    for name in
        ["maxmemory", "maxmemory-samples", "maxmemory-clients", "bind", "replicaof", "slaveof"]
    {
        assert!(unique.contains(name), "{name}");
    }
}

#[test]
fn hidden_options_are_told_by_exact_name_only() {
    let config = defaults();
    assert!(!config.get(&[b"*"]).iter().any(|(name, _)| name == b"key-load-delay"));
    assert_eq!(get(&config, "key-load-delay"), "0");
}

#[test]
fn a_name_is_told_as_it_was_asked_for() {
    assert_eq!(defaults().get(&[b"PORT"]), [(b"PORT".to_vec(), b"6379".to_vec())]);
    assert_eq!(defaults().get(&[b"nonsense"]), []);
}

// CONFIG SET.

#[test]
fn several_options_are_set_together_or_not_at_all() {
    let config = defaults();
    let changed = set(&config, &["maxmemory", "10mb", "save", "3000 5", "hz", "10"]);
    assert_eq!(changed, Ok(vec!["maxmemory", "save"]));
    assert_eq!(get(&config, "save"), "3000 5");
    let error = set(
        &config,
        &["maxmemory", "1", "maxmemory-clients", "200%", "client-query-buffer-limit", "invalid"],
    );
    assert_eq!(
        error.unwrap_err(),
        "ERR CONFIG SET failed (possibly related to argument 'maxmemory-clients') - \
         percentage argument must be less or equal to 100"
    );
    assert_eq!(get(&config, "maxmemory"), "10485760");
}

#[test]
fn refusals_are_in_the_words_of_redis() {
    let int = "argument couldn't be parsed into an integer";
    let cases: &[(&[&str], &str)] = &[
        (&["daemonize", "yes"], "can't set immutable config"),
        (&["dir", "/x"], "can't set protected config"),
        (&["maxmemory", "1mb", "maxmemory", "2mb"], "duplicate parameter"),
        (&["PORT", "x"], int),
        (&["timeout", "01"], int),
        (&["maxclients", "-1"], "argument must be between 1 and 4294967295 inclusive"),
        (&["appendonly", "maybe"], "argument must be 'yes' or 'no'"),
        (&["repl-backlog-size", "1tb"], "argument must be a memory value"),
        (&["maxmemory", "x"], "argument must be a memory or percent value"),
        (
            &["appendfsync", "sometimes"],
            "argument(s) must be one of the following: everysec, always, no",
        ),
        (&["save", "1"], "Invalid save parameters"),
        (
            &["client-output-buffer-limit", "normal 0 0"],
            "Wrong number of arguments in buffer limit configuration.",
        ),
        (&["notify-keyspace-events", "Q"], "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
        (&["oom-score-adj-values", "1 2"], "wrong number of arguments"),
        (
            &["shutdown-on-sigterm", "save nosave"],
            "shutdown options SAVE and NOSAVE can't be used simultaneously",
        ),
        (
            &["proc-title-template", "{invalid}"],
            "template format is invalid or contains unknown variables",
        ),
        (
            &["latency-tracking-info-percentiles", "101"],
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
        ),
    ];
    let config = defaults();
    for (words, why) in cases {
        let name = words[0].to_lowercase();
        let reply =
            format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}");
        assert_eq!(set(&config, words).unwrap_err(), reply, "{words:?}");
    }
    assert_eq!(set(&config, &["port", "1", "hz"]).unwrap_err(), "ERR syntax error");
    let unknown = "ERR Unknown option or number of arguments for CONFIG SET - 'no-such'";
    assert_eq!(set(&config, &["no-such", "1"]).unwrap_err(), unknown);
}

#[test]
fn protected_and_loading_states_are_respected() {
    let config = from_text("enable-protected-configs local").unwrap();
    let far = Caller { local: false, loading: false };
    let loading = Caller { local: true, loading: true };
    let words: [&[u8]; 2] = [b"dir", b"/x"];
    assert!(config.set(&words, far).is_err());
    assert_eq!(config.set(&words, loading), Err(SetError::Loading));
    assert_eq!(config.set(&words, HERE), Ok(vec!["dir"]));
    assert_eq!(config.set(&[b"dir", b"y"], HERE), Ok(vec!["dir"]));
    assert_eq!(get(&config, "dir"), "/x/y", "relative to the one in use");
}

#[test]
fn defragmentation_is_read_as_no_from_a_file_and_refused_later() {
    let config = from_text("activedefrag yes").unwrap();
    assert_eq!(get(&config, "activedefrag"), "no");
    assert!(set(&config, &["activedefrag", "yes"]).is_err());
    assert_eq!(set(&config, &["activedefrag", "no"]), Ok(vec![]));
}

#[test]
fn everything_can_be_set_back_at_once() {
    let config = defaults();
    let told = config.get(&[b"*"]);
    let live = |name: &&[u8]| {
        let known = |spec: &&Spec| spec.names().any(|known| known.as_bytes() == *name);
        table().find(known).is_some_and(|spec| spec.change == Change::Live)
    };
    let pairs = told.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
    let words: Vec<&[u8]> =
        pairs.filter(|(name, _)| live(name)).flat_map(|(name, value)| [name, value]).collect();
    config.set(&words, HERE).unwrap();
    assert_eq!(config.get(&[b"*"]), told);
}

#[test]
fn a_reader_sees_the_newest_settings() {
    let config = Arc::new(defaults());
    let mut reader = Reader::new(config.clone());
    assert_eq!(reader.get().port, 6379);
    set(&config, &["port", "7000"]).unwrap();
    assert_eq!(reader.get().port, 7000);
    let version = config.version();
    set(&config, &["port", "7000"]).unwrap();
    assert_eq!(config.version(), version, "nothing changed");
}

#[test]
fn a_listener_that_refuses_takes_everything_back() {
    let config = Arc::new(defaults());
    let hz = Arc::new(AtomicUsize::new(10));
    let kept = hz.clone();
    config.subscribe(&["hz"], move |change| {
        kept.store(change.new.hz as usize, Ordering::Relaxed);
        Ok(())
    });
    config.subscribe(&["bind", "port"], |change| match change.new.port {
        1 => Err("Unable to listen on this port. Check server logs.".into()),
        _ => Ok(()),
    });
    assert_eq!(
        set(&config, &["hz", "20", "port", "1"]).unwrap_err(),
        "ERR CONFIG SET failed (possibly related to argument 'port') - \
         Unable to listen on this port. Check server logs."
    );
    assert_eq!((get(&config, "hz"), get(&config, "port")), ("10".into(), "6379".into()));
    assert_eq!(hz.load(Ordering::Relaxed), 10);
    assert_eq!(config.settings().hz, 10);
    set(&config, &["hz", "20", "port", "2"]).unwrap();
    assert_eq!(hz.load(Ordering::Relaxed), 20);
}

#[test]
fn passwords_are_secret() {
    assert!(Config::is_secret(b"REQUIREPASS"));
    assert!(!Config::is_secret(b"port"));
}

// CONFIG REWRITE.

/// Starts with a file of `old` lines, sets `words`, rewrites, and returns the new lines but `dir`.
fn rewritten(old: &str, words: &[&str], users: Option<&[Vec<u8>]>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hadal.conf");
    fs::write(&path, old).unwrap();
    let config = load(&[path.to_str().unwrap()]).unwrap();
    set(&config, words).unwrap();
    config.rewrite(users, Write::Needed).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside the file");
    config.rewrite(users, Write::Needed).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "a second time changes nothing");
    let again = load(&[path.to_str().unwrap()]).unwrap();
    assert_eq!(again.get(&[b"*"]), config.get(&[b"*"]));
    text
}

#[test]
fn comments_and_order_stay_and_new_lines_come_last() {
    let old = "# my server\nport 7000\n\n\n# how loud\nloglevel notice\ndir /data\n";
    assert_eq!(
        rewritten(old, &["loglevel", "debug", "maxmemory", "2gb", "requirepass", "a\"b"], None),
        "# my server\nport 7000\n\n# how loud\nloglevel debug\ndir \"/data\"\n\
         # Generated by CONFIG REWRITE\nmaxmemory 2gb\nrequirepass \"a\\\"b\"\n"
    );
}

#[test]
fn an_option_keeps_one_line_under_its_own_name() {
    let old = "dir /\nlua-time-limit 1\nhz 5\nbusy-reply-threshold 2\n";
    assert_eq!(rewritten(old, &["hz", "6"], None), "dir \"/\"\nbusy-reply-threshold 2\nhz 6\n\n");
}

#[test]
fn lines_of_several_values_are_rewritten_in_place() {
    let old = "dir /\nsave 900 1\nsave 300 10\nclient-output-buffer-limit slave 1mb 1mb 1\n";
    let words = ["save", "1 2", "client-output-buffer-limit", "pubsub 5 5 5"];
    assert_eq!(
        rewritten(old, &words, None),
        "dir \"/\"\nsave 1 2\n\nclient-output-buffer-limit normal 0 0 0\n\
         # Generated by CONFIG REWRITE\n\
         client-output-buffer-limit replica 1mb 1mb 1\n\
         client-output-buffer-limit pubsub 5 5 5\n"
    );
    let text = rewritten("dir /\n", &["save", "", "notify-keyspace-events", "KEA"], None);
    assert!(text.contains("\nsave \"\"\n") && text.contains("\nnotify-keyspace-events \"AKE\"\n"));
}

#[test]
fn lines_that_only_files_have_stay() {
    let old = "dir /\nrename-command FLUSHALL x\nuser a on\nuser b off\n";
    assert_eq!(rewritten(old, &[], None), old.replace("dir /", "dir \"/\""));
    let users = [b"a off".to_vec()];
    assert_eq!(
        rewritten(old, &[], Some(&users)),
        "dir \"/\"\nrename-command FLUSHALL x\nuser a off\n\n"
    );
}

#[test]
fn lines_that_are_not_understood_become_comments() {
    let old = "dir /\nlua-replicate-commands yes\n";
    assert_eq!(rewritten(old, &[], None), "dir \"/\"\n# ??? lua-replicate-commands yes\n");
}

#[test]
fn a_rewrite_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = tempfile::tempdir().unwrap();
    let (real, link) = (dir.path().join("real.conf"), dir.path().join("link.conf"));
    fs::write(&real, "hz 5\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.conf", &link).unwrap();
    let config = load(&[link.to_str().unwrap()]).unwrap();
    config.rewrite(None, Write::Needed).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&real).unwrap().contains("dir \"/srv/hadal\""));
}

#[test]
fn a_rewrite_that_cannot_be_done_says_why() {
    assert_eq!(
        defaults().rewrite(None, Write::Needed).unwrap_err().to_string(),
        "ERR The server is running without a config file"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.conf");
    fs::write(&path, "").unwrap();
    let config = load(&[path.to_str().unwrap()]).unwrap();
    drop(dir);
    assert_eq!(
        config.rewrite(None, Write::Needed).unwrap_err().to_string(),
        "ERR Rewriting config file: No such file or directory"
    );
}

#[test]
fn defaults_are_values_of_their_kinds() {
    let values = Values::defaults();
    for spec in table() {
        assert_eq!(*values.get(spec.name), default(spec), "{}", spec.name);
    }
}
