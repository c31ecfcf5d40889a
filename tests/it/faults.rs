//! What goes wrong outside: bad settings, ports and folders in use, damaged files.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hadal_it::{Random, Reply, Server, is_reference, run_to_exit, wait};

/// Runs with a configuration file of these lines, expects a refusal that has all of `parts`.
#[track_caller]
fn refused(lines: &str, parts: &[&str]) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = home.path().join("server.conf");
    fs::write(&file, lines).expect("the folder is writable");
    let name = file.to_str().expect("the path is text");
    let output = run_to_exit(&[name, "--port", "0"]);
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let code = if is_reference() { 1 } else { 2 };
    assert_eq!(output.status.code(), Some(code), "{text}");
    // The reference names the line but neither the file nor what it expected.
    let parts = if is_reference() { &parts[..1] } else { parts };
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    if !is_reference() {
        assert!(text.contains("server.conf"), "the file is not named: {text}");
    }
}

#[test]
fn a_bad_line_ends_the_start_with_file_line_and_what_was_expected() {
    refused("timeout 5\nno-such-option 7\n", &["2", "no-such-option"]);
    refused("\n# note\nmaxclients many\n", &["3", "maxclients", "many"]);
    refused("appendfsync sometimes\n", &["1", "appendfsync", "everysec"]);
    refused("timeout 1\ntimeout \"5\n", &["2"]);
    refused("port 70000\n", &["1", "port"]);
    refused("maxmemory 5parsecs\n", &["1", "maxmemory"]);
}

#[test]
fn a_bad_option_on_the_command_line_ends_the_start() {
    for arguments in [["--no-such-option", "1"], ["--timeout", "soon"]] {
        let output = run_to_exit(&arguments);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let code = if is_reference() { 1 } else { 2 };
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(arguments[0].trim_start_matches('-')), "{text}");
    }
}

#[test]
fn a_configuration_file_that_is_not_there_is_named() {
    let output = run_to_exit(&["/nonexistent/server.conf"]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(text.contains("/nonexistent/server.conf"), "{text}");
}

#[test]
fn a_port_in_use_ends_the_start_and_is_named() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    let port = listener.local_addr().expect("a bound socket has an address").port().to_string();
    let home = tempfile::tempdir().expect("a temporary folder");
    let dir = home.path().to_str().expect("the path is text");
    let output = run_to_exit(&["--port", &port, "--bind", "127.0.0.1", "--dir", dir]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(text.contains(&port), "{text}");
}

#[test]
fn two_servers_never_share_a_data_directory() {
    if is_reference() {
        return;
    }
    let server = Server::start();
    server.client().must("SET a 1");
    let dir = server.data().to_str().expect("the path is text").to_owned();
    let output = run_to_exit(&["--port", "0", "--dir", &dir]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(text.contains(&dir), "{text}");
    assert_eq!(server.client().call("GET a"), Reply::bulk("1"));
}

#[test]
fn an_unwritable_data_directory_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let dir = file.path().to_str().expect("the path is text").to_owned();
    let output = run_to_exit(&["--port", "0", "--dir", &dir]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(text.contains(&dir), "{text}");
}

fn value(n: u64) -> Vec<u8> {
    Random::new(n).bytes(500)
}

/// A stopped dataset of 400 keys.
fn dataset(cleanly: bool) -> Server {
    let mut server = Server::start_with(&[("appendfsync", "always")]);
    let mut client = server.client();
    for n in 0..400 {
        client.queue(&[b"SET".to_vec(), format!("k{n}").into_bytes(), value(n)]);
    }
    client.flush().expect("the server reads");
    (0..400).for_each(|_| assert_eq!(client.receive().expect("a reply"), Reply::ok()));
    if cleanly {
        server.terminate();
    } else {
        server.kill();
    }
    server
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else if entry.metadata().is_ok_and(|metadata| metadata.len() > 0) {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}

/// Flips one bit before the zeros that a file may end in.
fn flip(path: &Path, random: &mut Random) -> usize {
    let mut bytes = fs::read(path).expect("the file can be read");
    let used = bytes.iter().rposition(|&byte| byte != 0).map_or(1, |last| last + 1);
    let at = random.index(used);
    bytes[at] ^= 1 << random.below(8);
    fs::write(path, bytes).expect("the file can be written");
    at
}

/// Either the start is refused with words, or every key is right or an error.
fn survives(dir: &Path, what: &str) {
    let name = dir.to_str().expect("the path is text");
    let log = dir.with_extension("log");
    let Some(server) = Server::try_start_in(name, &log) else {
        let text = fs::read_to_string(&log).unwrap_or_default();
        assert!(!text.trim().is_empty(), "{what}: refused without a word");
        assert!(!text.contains("panicked"), "{what}: a panic instead of an error\n{text}");
        return;
    };
    let mut client = server.client();
    for n in 0..400 {
        let reply = client.call(&format!("GET k{n}"));
        let right = reply == Reply::Bulk(value(n)) || reply.error().is_some();
        assert!(right, "{what}: key {n} is silently {reply:?}");
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_a_refused_start_and_never_a_wrong_value() {
    if is_reference() {
        return;
    }
    let seed = wait::unix_millis();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let home = tempfile::tempdir().expect("a temporary folder");
    for cleanly in [true, false] {
        let server = dataset(cleanly);
        for round in 0..8 {
            let dir = home.path().join(format!("{cleanly}-{round}"));
            copy(server.data(), &dir);
            let files = files(&dir);
            let path = &files[random.index(files.len())];
            let at = flip(path, &mut random);
            survives(&dir, &format!("seed {seed}: bit flipped in {} at {at}", path.display()));
        }
    }
}

#[test]
fn a_file_that_lost_its_end_or_is_gone_is_never_silently_a_smaller_dataset() {
    if is_reference() {
        return;
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let server = dataset(true);
    for (number, original) in files(server.data()).iter().enumerate() {
        let name = original.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let is_table = original.extension().is_some_and(|extension| extension == "sst");
        if !is_table {
            continue;
        }
        let dir = home.path().join(number.to_string());
        copy(server.data(), &dir);
        let path = dir.join(original.strip_prefix(server.data()).expect("it is in there"));
        let bytes = fs::read(&path).expect("the file can be read");
        fs::write(&path, &bytes[..bytes.len() / 2]).expect("the file can be written");
        survives(&dir, &format!("{name} cut in half"));
        fs::remove_file(&path).expect("the file can be removed");
        survives(&dir, &format!("{name} removed"));
    }
}

#[test]
fn the_log_of_an_ordinary_life_has_no_warnings() {
    let mut server = Server::start();
    let mut client = server.client();
    client.must("SET a 1");
    client.call("NOSUCH");
    client.send_raw(b"*1\r\n!\r\n").expect("the server reads");
    assert!(client.closed());
    drop(server.client());
    server.kill();
    server.restart();
    server.terminate();
    if is_reference() {
        return;
    }
    let log = server.log();
    let bad = log.lines().find(|line| line.contains("WARN") || line.contains("ERROR"));
    assert_eq!(bad, None);
}

#[test]
fn a_debug_sleep_holds_up_nobody_for_longer_than_it_says() {
    let server = Server::start();
    let mut client = server.client();
    let begin = wait::now();
    client.must("DEBUG SLEEP 0.2");
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(190) && took < Duration::from_secs(10), "{took:?}");
    assert_eq!(client.call("PING"), Reply::Simple("PONG".into()));
}
