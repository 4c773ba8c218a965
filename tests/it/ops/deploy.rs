//! The files that start things: compose, the image, units. No daemon of containers and no systemd
//! runs here, so these are read, not started; systemd's own checker reads the units.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use it::binary;
use it::process::run;
use serde_json::Value;

use super::{file, text};

const LIMIT: Duration = Duration::from_mins(1);

/// What a worker takes to drain at most; then it ends.
const DRAIN_MAX: Duration = Duration::from_secs(30);

/// The compose file as JSON, anchors and merges resolved. The `PyYAML` is that of pywb.
fn compose() -> Value {
    let python = binary::root().join(".venvs/pywb/bin/python");
    assert!(python.is_file(), "the Python environment `pywb` is missing: run `cargo xtask setup`");
    let script = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let mut command = Command::new(python);
    let read = run(command.args(["-c", script]).arg(file("compose.yaml")), LIMIT).expect_code(0);
    serde_json::from_str(&read.stdout).unwrap()
}

/// The words of a list, or the names of a mapping.
fn names(value: &Value) -> BTreeSet<String> {
    let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    words.chain(keys).map(str::to_owned).collect()
}

fn seconds(value: &Value) -> Duration {
    crawl::duration::parse_duration(value.as_str().unwrap_or_default()).unwrap()
}

#[test]
fn what_the_compose_file_names_is_there() {
    let compose = compose();
    let services = names(&compose["services"]);
    assert!(
        services.is_superset(&["redis", "init", "worker", "stories"].map(str::to_owned).into())
    );
    for (name, service) in compose["services"].as_object().unwrap() {
        assert!(names(&service["depends_on"]).is_subset(&services), "{name}");
        for kind in ["secrets", "networks"] {
            assert!(names(&service[kind]).is_subset(&names(&compose[kind])), "{name}: {kind}");
        }
        for mount in names(&service["volumes"]) {
            let from = mount.split(':').next().unwrap_or_default();
            match from.strip_prefix("./") {
                Some(path) => assert!(file(path).is_file(), "{name}: {mount}"),
                None => assert!(names(&compose["volumes"]).contains(from), "{name}: {mount}"),
            }
        }
        let dockerfile = service["build"]["dockerfile"].as_str();
        assert!(dockerfile.is_none_or(|path| binary::root().join(path).is_file()), "{name}");
    }
    // Every variable has its default, or says what it is for.
    for part in text("compose.yaml").split("${").skip(1) {
        let name = part.split('}').next().unwrap_or_default();
        assert!(name.contains(":-") || name.contains(":?"), "${{{name}}}");
    }
}

#[test]
fn containers_have_no_rights_and_write_their_data_only() {
    for (name, service) in compose()["services"].as_object().unwrap() {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(names(&service["cap_drop"]), ["ALL".to_owned()].into(), "{name}");
        assert!(names(&service["security_opt"]).contains("no-new-privileges:true"), "{name}");
        assert!(service["ports"].is_null(), "{name} is reached from outside");
        for mount in names(&service["volumes"]) {
            assert!(mount.ends_with(":ro") || mount.ends_with(":/data"), "{name}: {mount}");
        }
    }
}

#[test]
fn workers_wait_for_the_frontier_and_have_time_to_drain() {
    let compose = compose();
    let worker = &compose["services"]["worker"];
    let waits_for = |name: &str| worker["depends_on"][name]["condition"].as_str();
    assert_eq!(waits_for("redis"), Some("service_healthy"));
    assert_eq!(waits_for("init"), Some("service_completed_successfully"));
    assert!(seconds(&worker["stop_grace_period"]) > DRAIN_MAX);
    assert_eq!(names(&compose["services"]["redis"]["networks"]), ["inside".to_owned()].into());
    assert_eq!(compose["networks"]["inside"]["internal"], true);
}

#[test]
fn the_image_is_built_with_our_rust_out_of_what_is_there_and_runs_without_rights() {
    let image = text("Containerfile");
    let toolchain = fs::read_to_string(binary::root().join("rust-toolchain.toml")).unwrap();
    let rust = toolchain.split("channel = \"").nth(1).unwrap().split('"').next().unwrap();
    let minor = rust.rsplit_once('.').unwrap().0;
    assert!(image.contains(&format!("FROM rust:{minor}-")), "the toolchain is {rust}");
    let lines = || image.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    for words in lines().filter(|words| words.first() == Some(&"COPY")) {
        let paths = words[1..words.len() - 1].iter().filter(|word| !word.starts_with("--"));
        for path in paths.filter(|_| !words[1].starts_with("--from")) {
            assert!(binary::root().join(path).exists(), "{path}");
        }
    }
    let user = lines().rfind(|words| words.first() == Some(&"USER")).unwrap();
    assert!(!user[1].starts_with('0') && !user[1].starts_with("root"), "{user:?}");
}

const UNITS: [&str; 3] =
    ["newshound-redis.service", "newshound-stories.service", "newshound-worker@.service"];

#[test]
fn units_are_what_systemd_takes() {
    let root = tempfile::tempdir().unwrap();
    let place = |path: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    // The programs that the units start; that they are there is part of the check.
    for path in ["usr/local/bin/newshound", "usr/local/lib/newshound/redis-start.sh"] {
        fs::write(place(path), "#!/bin/sh\n").unwrap();
        fs::set_permissions(place(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    // What they rely on, as far as it matters here.
    for name in ["sysinit", "basic", "shutdown", "multi-user", "network-online"] {
        let path = place(&format!("usr/lib/systemd/system/{name}.target"));
        fs::write(path, format!("[Unit]\nDescription={name}\n")).unwrap();
    }
    for unit in UNITS {
        fs::copy(file("systemd").join(unit), place(&format!("etc/systemd/system/{unit}"))).unwrap();
        let mut command = Command::new("systemd-analyze");
        let instance = unit.replace("@.", "@1.");
        command.arg("verify").arg(format!("--root={}", root.path().display())).arg(&instance);
        let said = run(&mut command, LIMIT).expect_code(0);
        // A line that it does not know is only told of.
        assert_eq!(said.stderr, "", "{unit}");
    }
}

#[test]
fn units_leave_little_to_those_who_break_in() {
    for unit in UNITS {
        let path = file("systemd").join(unit);
        // Exposure in tenths: 2.0 of 10, where a unit without any of it has 9.6.
        let options = ["security", "--offline=true", "--no-pager", "--threshold=20"];
        run(Command::new("systemd-analyze").args(options).arg(&path), LIMIT).expect_code(0);
        let text = fs::read_to_string(&path).unwrap();
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .unwrap_or_default()
        };
        assert_eq!(value("NoNewPrivileges"), "yes");
        assert_eq!(value("ProtectSystem"), "strict");
        assert_eq!(value("KillSignal"), "SIGTERM");
        assert!(!value("User").is_empty() && !value("StateDirectory").is_empty(), "{unit}");
        let stop = seconds(&value("TimeoutStopSec").into());
        assert!(stop > DRAIN_MAX, "{unit}: {stop:?}");
    }
}
