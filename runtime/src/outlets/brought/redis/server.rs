//! The connection to Redis: made when it is needed, given up after each failure.

use std::{fs, path::Path, time::Duration};

use ::redis::{
    Client, ClientTlsConfig, Connection, ConnectionAddr, ErrorKind, IntoConnectionInfo, RedisError, TlsCertificates,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};

use super::List;

/// Takes documents to a list.
pub(super) trait Link: Send {
    /// Puts these at the head of the list, one after the other, all or none.
    fn send(&mut self, list: &List, documents: &[&[u8]], within: Duration) -> Result<(), Fault>;
}

/// Why that did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) remedy: &'static str,
    /// Whether it will be so for long.
    pub(super) is_lasting: bool,
}

/// A server, and the connection to it.
pub(super) struct Server {
    client: Client,
    connection: Option<Connection>,
}

impl Server {
    pub(super) fn open(url: &str) -> Result<Self, RedisError> {
        Ok(Self { client: Client::open(url)?, connection: None })
    }

    /// Where it is, without user and password.
    pub(super) fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    /// Certificates are read again for each connection.
    fn connect(&self, list: &List, within: Duration) -> Result<Connection, Fault> {
        let address = self.client.get_connection_info().addr();
        if !matches!(address, ConnectionAddr::TcpTls { .. }) {
            return Ok(self.client.get_connection_with_timeout(within)?);
        }
        // The crate asks for the process's own, and panics where there are two to choose from and none was.
        if CryptoProvider::get_default().is_none() {
            // Another thread may have been quicker, which is as well.
            let _ = ring::default_provider().install_default();
        }
        if list.authorities.is_none() && list.own.is_none() {
            return Ok(self.client.get_connection_with_timeout(within)?);
        }
        let own = match &list.own {
            Some((certificate, key)) => {
                Some(ClientTlsConfig { client_cert: read(certificate)?, client_key: read(key)? })
            }
            None => None,
        };
        let root_cert = list.authorities.as_deref().map(read).transpose()?;
        let info = self.client.get_connection_info().clone().into_connection_info()?;
        let client = Client::build_with_tls(info, TlsCertificates { client_tls: own, root_cert })?;
        Ok(client.get_connection_with_timeout(within)?)
    }

    fn transaction(
        connection: &mut Connection,
        list: &List,
        documents: &[&[u8]],
        within: Duration,
    ) -> Result<(), Fault> {
        connection.set_read_timeout(Some(within))?;
        connection.set_write_timeout(Some(within))?;
        // A transaction is carried out to its end whatever comes of its beginning, so that a text of another program would expire.
        let kind: String = ::redis::cmd("TYPE").arg(&list.key).query(connection)?;
        if kind != "list" && kind != "none" {
            return Err(Fault::of_type(&kind));
        }
        let expiry = u64::try_from(list.expiry.as_millis()).unwrap_or(u64::MAX);
        let mut transaction = ::redis::pipe();
        transaction.atomic().cmd("LPUSH").arg(&list.key).arg(documents).ignore();
        transaction.cmd("LTRIM").arg(&list.key).arg(0).arg(list.most - 1).ignore();
        transaction.cmd("PEXPIRE").arg(&list.key).arg(expiry).ignore();
        Ok(transaction.query(connection)?)
    }
}

impl Link for Server {
    fn send(&mut self, list: &List, documents: &[&[u8]], within: Duration) -> Result<(), Fault> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect(list, within)?,
        };
        Self::transaction(&mut connection, list, documents, within)?;
        self.connection = Some(connection);
        Ok(())
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(file).map_err(|error| Fault {
        message: format!("cannot read {}: {error}", file.display()),
        remedy: "write the path of a PEM file that can be read",
        is_lasting: true,
    })
}

impl Fault {
    fn of_type(kind: &str) -> Self {
        let message = format!("WRONGTYPE the key holds a {kind}");
        Self { message, remedy: "choose another key, or delete what is there", is_lasting: true }
    }
}

/// What Redis may say, what helps, and whether it will be so for long.
const KNOWN: [(&str, &str, bool); 8] = [
    ("OOM", "raise its `maxmemory`, or keep a shorter list", true),
    ("WRONGTYPE", "choose another key, or delete what is there", true),
    ("NOAUTH", "put user and password into the URL", true),
    ("WRONGPASS", "put user and password into the URL", true),
    ("NOPERM", "allow the user TYPE, LPUSH, LTRIM and PEXPIRE on the key", true),
    ("READONLY", "it is a replica; connect to the primary", false),
    ("MOVED", "the key is on another node of the cluster; connect to that one", false),
    ("LOADING", "it is starting; wait", false),
];

impl From<RedisError> for Fault {
    /// By what the message says: an aborted transaction has the reason in there only.
    fn from(error: RedisError) -> Self {
        let message = error.to_string();
        let says = |word: &str| {
            error.code() == Some(word) || message.split(|c: char| !c.is_alphanumeric()).any(|said| said == word)
        };
        let known = KNOWN.iter().find(|(word, ..)| says(word)).map(|&(_, remedy, is_lasting)| (remedy, is_lasting));
        let (remedy, is_lasting) = match known {
            Some(known) => known,
            None if error.kind() == ErrorKind::AuthenticationFailed => ("put user and password into the URL", true),
            None => ("see that it runs and can be reached from here", false),
        };
        Self { message, remedy, is_lasting }
    }
}
