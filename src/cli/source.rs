use std::{fmt, path::PathBuf};

use clap::Args;

use crate::release::source::{Access, Home, Request, Secret};

/// Where a chart comes from, besides its name: flags are helm's, but for those that mean the API server here.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Chart options")]
pub struct SourceArgs {
    /// Version of the chart, or a constraint such as ~5.0.0; otherwise the newest release
    #[arg(long, value_name = "VERSION")]
    chart_version: Option<String>,
    /// Address of the chart's repository
    #[arg(long, value_name = "URL")]
    repo: Option<String>,
    /// User of the chart's repository or registry
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Password of the chart's repository or registry
    #[arg(long)]
    password: Option<String>,
    /// Send user and password also to other hosts that the repository names
    #[arg(long)]
    pass_credentials: bool,
    /// Certificate file of the authority that signed the repository's, instead of those this machine trusts
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Client certificate file for the repository
    #[arg(long, value_name = "FILE", requires = "key_file")]
    cert_file: Option<PathBuf>,
    /// Client key file for the repository
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    key_file: Option<PathBuf>,
    /// Do not check the repository's certificate, which makes the download insecure
    #[arg(long)]
    chart_insecure_skip_tls_verify: bool,
    /// Talk to the registry without TLS
    #[arg(long)]
    plain_http: bool,
    /// File of helm's repositories
    #[arg(long, value_name = "FILE", hide = true)]
    repository_config: Option<PathBuf>,
    /// Folder of the indexes that helm has fetched
    #[arg(long, value_name = "FOLDER", hide = true)]
    repository_cache: Option<PathBuf>,
    /// Folder of the archives that helm has fetched
    #[arg(long, value_name = "FOLDER", hide = true)]
    content_cache: Option<PathBuf>,
    /// File of helm's logins to registries
    #[arg(long, value_name = "FILE", hide = true)]
    registry_config: Option<PathBuf>,
}

impl SourceArgs {
    /// The version or constraint that was named.
    pub fn version(&self) -> Option<&str> {
        self.chart_version.as_deref()
    }

    /// The same as a plain value, without a chart.
    pub fn request(&self) -> Request {
        let found = Home::of(&|name| std::env::var_os(name));
        let home = Home {
            repository_config: self.repository_config.clone().unwrap_or(found.repository_config),
            repository_cache: self.repository_cache.clone().unwrap_or(found.repository_cache),
            content_cache: self.content_cache.clone().unwrap_or(found.content_cache),
            registry_config: self.registry_config.clone().unwrap_or(found.registry_config),
            docker_config: found.docker_config,
        };
        let access = Access {
            username: self.username.clone(),
            password: self.password.clone().map(Secret::new),
            pass_credentials: self.pass_credentials,
            ca_file: self.ca_file.clone(),
            certificate_file: self.cert_file.clone(),
            key_file: self.key_file.clone(),
            insecure_skip_tls_verify: self.chart_insecure_skip_tls_verify,
            plain_http: self.plain_http,
        };
        Request {
            version: self.chart_version.clone(),
            repository: self.repo.clone(),
            access,
            home,
            ..Request::default()
        }
    }
}

impl fmt::Debug for SourceArgs {
    /// Without the password, and the address, which may have one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SourceArgs")
            .field("chart_version", &self.chart_version)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Command, tests::read};

    #[test]
    fn every_flag_arrives_and_no_password_is_shown() {
        let cli = read(
            "render milvus --repo https://u:hidden@h --chart-version ~5 --username ana --password secret --ca-file ca \
             --cert-file c --key-file k --chart-insecure-skip-tls-verify --plain-http --pass-credentials \
             --repository-config rc --repository-cache rd --content-cache cc --registry-config gc",
        )
        .unwrap();
        let shown = format!("{cli:?}");
        assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
        let Command::Render(args) = cli.command else { panic!("another command") };
        let request = args.request();
        assert_eq!(request.chart.as_deref(), Some("milvus"));
        assert_eq!(request.version.as_deref(), Some("~5"));
        assert_eq!(request.repository.as_deref(), Some("https://u:hidden@h"));
        let access = &request.access;
        assert_eq!(access.username.as_deref(), Some("ana"));
        assert_eq!(access.password.as_ref().unwrap().reveal(), "secret");
        assert!(access.ca_file.is_some() && access.certificate_file.is_some() && access.key_file.is_some());
        assert!(access.insecure_skip_tls_verify && access.plain_http && access.pass_credentials);
        let home = &request.home;
        let paths = [&home.repository_config, &home.repository_cache, &home.content_cache, &home.registry_config];
        assert_eq!(paths.map(|path| path.to_str().unwrap()), ["rc", "rd", "cc", "gc"]);
        assert!(!format!("{request:?}").contains("secret"));
    }

    #[test]
    fn a_certificate_needs_its_key() {
        assert_eq!(read("render milvus --cert-file c").unwrap_err().exit_code(), 2);
    }
}
