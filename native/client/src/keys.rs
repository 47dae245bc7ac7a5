//! SRTP keys, taken where the protocol library's DTLS exports them: media is sealed and opened here,
//! so that a thousand receivers cost little more than their packets.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use str0m::config::CryptoProvider;
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
    SrtpProfile,
};
use str0m_proto::crypto::CryptoError;

/// What a handshake came to (RFC 5764 section 4.2). Secret: it has no `Debug`.
pub struct Exported {
    /// The agreed profile.
    pub profile: SrtpProfile,
    /// Keying material as the exporter gives it: both keys, then both salts, the client's first.
    pub material: Vec<u8>,
    /// Whether this end was the DTLS client.
    pub is_client: bool,
}

thread_local! {
    static EXPORTED: RefCell<Option<Exported>> = const { RefCell::new(None) };
}

/// What the library is built with so that [`take`] finds the keys.
pub fn provider() -> Arc<CryptoProvider> {
    static WRAPPED: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let plain = str0m::crypto::from_feature_flags();
        // Once for the process: the library wants it to live for ever.
        let wrapped: &'static Provider = Box::leak(Box::new(Provider(plain.dtls_provider)));
        Arc::new(CryptoProvider {
            dtls_provider: wrapped,
            ..plain
        })
    });
    Arc::clone(&WRAPPED)
}

/// One for the whole process; None if the library makes none.
pub fn certificate() -> Option<DtlsCert> {
    static MADE: LazyLock<Option<DtlsCert>> =
        LazyLock::new(|| provider().dtls_provider.generate_certificate());
    MADE.clone()
}

/// The keys of a handshake that ended in the last call of a session on this thread, once.
pub fn take() -> Option<Exported> {
    EXPORTED.take()
}

#[derive(Debug)]
struct Provider(&'static dyn DtlsProvider);

impl DtlsProvider for Provider {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.0.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let plain = self.0.new_dtls(certificate, now, version, mtu)?;
        Ok(Box::new(Instance(plain)))
    }
}

#[derive(Debug)]
struct Instance(Box<dyn DtlsInstance>);

impl DtlsInstance for Instance {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.0.poll_output(buffer);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            EXPORTED.set(Some(Exported {
                profile: *profile,
                material: material.to_vec(),
                is_client: self.0.is_active(),
            }));
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}
