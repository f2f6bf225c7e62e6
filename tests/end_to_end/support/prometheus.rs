//! A real Prometheus with a configuration and data of its own, which dies with the test.

use std::{
    fs::{self, File},
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    process::{self, Child, Command, Output, Stdio},
    time::UNIX_EPOCH,
};

use tempfile::TempDir;

use super::{
    deadline::eventually,
    http,
    sample::{self, Sample},
};

/// A Prometheus that scrapes one program every second.
pub(crate) struct Prometheus {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Prometheus {
    /// Starts it and waits until it can be asked.
    #[track_caller]
    pub(crate) fn scraping(target: SocketAddr) -> Self {
        Self::scraping_as(target, "")
    }

    /// The same by one that knows native histograms, and therefore asks for protobuf.
    #[track_caller]
    pub(crate) fn scraping_natively(target: SocketAddr) -> Self {
        Self::start(target, "", "exemplar-storage,native-histograms")
    }

    /// The same, where a scrape of more samples fails as a whole.
    #[track_caller]
    pub(crate) fn taking(target: SocketAddr, samples: u32) -> Self {
        Self::scraping_as(target, &format!("sample_limit: {samples},"))
    }

    /// The same, with more settings of the scrape: YAML that ends with a comma.
    #[track_caller]
    pub(crate) fn scraping_as(target: SocketAddr, settings: &str) -> Self {
        Self::start(target, settings, "exemplar-storage")
    }

    /// The same under the name of this job, which evaluates these rules every second.
    #[track_caller]
    pub(crate) fn with_rules(target: SocketAddr, job: &str, settings: &str, rules: &str) -> Self {
        Self::start_with((target, job), settings, "exemplar-storage", rules)
    }

    #[track_caller]
    fn start(target: SocketAddr, settings: &str, features: &str) -> Self {
        Self::start_with((target, "quickstart"), settings, features, "groups: []\n")
    }

    #[track_caller]
    fn start_with((target, job): (SocketAddr, &str), settings: &str, features: &str, rules: &str) -> Self {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        fs::write(folder.path().join("rules.yml"), rules).expect("the folder can be written");
        let config = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\nrule_files: [rules.yml]\n\
             scrape_configs: [{{ job_name: {job}, {settings} static_configs: [{{ targets: ['{target}'] }}] }}]\n"
        );
        let path = folder.path().join("prometheus.yml");
        fs::write(&path, config).expect("the folder can be written");

        let address = SocketAddr::from((own_loopback(), 9090));
        let log = File::create(folder.path().join("log")).expect("the folder can be written");
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", path.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg(format!("--enable-feature={features}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus: {error}; ./scripts/setup installs it"));
        let prometheus = Self { child, address, folder };
        eventually(|| match http::request(address, "GET", "/-/ready", "") {
            Ok(response) if response.status == 200 => Ok(()),
            _ => Err(format!("prometheus is not ready: {}", prometheus.log())),
        });
        prometheus
    }

    /// What it answers to a query: an instant vector.
    #[track_caller]
    pub(crate) fn query(&self, query: &str) -> Vec<Sample> {
        let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        sample::of_answer(&http::get_json(self.address, &format!("/api/v1/query?query={query}")))
    }

    /// The latest value of every series of the program, Prometheus' own ones about the scrape among them.
    #[track_caller]
    pub(crate) fn samples(&self) -> Vec<Sample> {
        // The query is `{job="quickstart"}`.
        sample::of_answer(&http::get_json(self.address, "/api/v1/query?query=%7Bjob%3D%22quickstart%22%7D"))
    }

    /// The latest exemplars of a metric: their labels and values.
    #[track_caller]
    pub(crate) fn exemplars(&self, metric: &str) -> Vec<Sample> {
        // Of the last hour; it answers nothing for a time that is too long for it.
        let now = UNIX_EPOCH.elapsed().expect("it is later than 1970").as_secs();
        let path = format!("/api/v1/query_exemplars?query={metric}&start={}&end={}", now - 3600, now + 3600);
        sample::of_exemplars(metric, &http::get_json(self.address, &path))
    }

    /// What kind of metric it takes this one for, and its HELP.
    #[track_caller]
    pub(crate) fn described(&self, metric: &str) -> (String, String) {
        let answer = http::get_json(self.address, &format!("/api/v1/metadata?metric={metric}"));
        let described = &answer["data"][metric][0];
        let text = |key: &str| described[key].as_str().unwrap_or_else(|| panic!("{metric}: {answer}")).to_owned();
        (text("type"), text("help"))
    }

    /// The first value that a query finds, which is written as in an address.
    #[track_caller]
    pub(crate) fn value(&self, query: &str) -> Option<f64> {
        let answer = http::get_json(self.address, &format!("/api/v1/query?query={query}"));
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }

    /// Why the last scrape failed, if it did.
    pub(crate) fn last_error(&self) -> String {
        http::get_json(self.address, "/api/v1/targets")["data"]["activeTargets"][0]["lastError"].to_string()
    }

    /// What it says of itself.
    pub(crate) fn own_page(&self) -> String {
        http::get(self.address, "/metrics")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `promtool check metrics` with a page on its standard input.
#[track_caller]
pub(crate) fn promtool(page: &str) -> Output {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("promtool: {error}; ./scripts/setup installs it"));
    let mut input = promtool.stdin.take().expect("its input is piped");
    input.write_all(page.as_bytes()).expect("promtool reads its input");
    drop(input);
    promtool.wait_with_output().expect("promtool ends")
}

/// Has promtool look at rules, of which it must find all to be well formed.
#[track_caller]
pub(crate) fn check_rules(rules: &str) {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    fs::write(folder.path().join("rules.yml"), rules).expect("the folder can be written");
    let ended = Command::new("promtool").args(["check", "rules", "rules.yml"]).current_dir(folder.path()).output();
    let ended = ended.unwrap_or_else(|error| panic!("promtool: {error}; ./scripts/setup installs it"));
    let said = [ended.stdout, ended.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(ended.status.success() && said.contains("SUCCESS"), "{said}\n{rules}");
}

/// Tries rules, which are in `rules.yml`, as promtool's file of tests says.
#[track_caller]
pub(crate) fn test_rules(rules: &str, tests: &str) {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    fs::write(folder.path().join("rules.yml"), rules).expect("the folder can be written");
    fs::write(folder.path().join("tests.yml"), tests).expect("the folder can be written");
    let ended = Command::new("promtool").args(["test", "rules", "tests.yml"]).current_dir(folder.path()).output();
    let ended = ended.unwrap_or_else(|error| panic!("promtool: {error}; ./scripts/setup installs it"));
    let said = [ended.stdout, ended.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(ended.status.success(), "{}\n{rules}\n{tests}", said.concat());
}

/// A loopback address that no other test process uses: every port on it is free.
pub(crate) fn own_loopback() -> Ipv4Addr {
    let [_, high, middle, low] = process::id().to_be_bytes();
    // Process ids have 22 bits, so that this is never 127.0.0.1 or another address in use.
    Ipv4Addr::new(127, 128 | high, middle, low)
}
