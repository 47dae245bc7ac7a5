//! One UDP socket for every peer: each has an address of its own on the loopback, all the same port.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use rustix::net::sockopt::set_socket_recv_buffer_size_force;
use socket2::{Domain, Protocol, Socket, Type};

/// What the kernel holds for us; half a second of 400,000 packets a second.
const RECEIVE_BYTES: usize = 256 << 20;
/// Of one datagram, or of several of a sender that come as one.
const DATAGRAM_BYTES: usize = 64 << 10;

/// The socket and the room for what it receives at once.
pub struct Batch {
    socket: UdpSocket,
    state: UdpSocketState,
    room: Vec<Vec<u8>>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl Batch {
    /// On any port of every address.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn bind() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into())?;
        let socket = UdpSocket::from(socket);
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // Beyond the system's bound, where we may; else as much as it allows.
        if set_socket_recv_buffer_size_force(&socket, RECEIVE_BYTES).is_err() {
            state.set_recv_buffer_size(UdpSockRef::from(&socket), RECEIVE_BYTES)?;
        }
        Ok(Self {
            socket,
            state,
            room: vec![vec![0; DATAGRAM_BYTES]; BATCH_SIZE],
            metas: [RecvMeta::default(); BATCH_SIZE],
        })
    }

    /// For whoever waits for it to be readable.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// The port of every peer.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Hands over what is there, each datagram with whom it is for and whom it is from; false if
    /// nothing is.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn receive(
        &mut self,
        mut take: impl FnMut(IpAddr, SocketAddr, &mut [u8]),
    ) -> io::Result<bool> {
        let mut slices: Vec<io::IoSliceMut<'_>> = self
            .room
            .iter_mut()
            .map(|room| io::IoSliceMut::new(room))
            .collect();
        let count =
            match self
                .state
                .recv(UdpSockRef::from(&self.socket), &mut slices, &mut self.metas)
            {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            };
        for (meta, slice) in self.metas.iter().zip(&mut slices).take(count) {
            let Some(local) = meta.dst_ip else { continue };
            if meta.stride == 0 {
                continue;
            }
            for datagram in slice[..meta.len].chunks_mut(meta.stride) {
                take(local, meta.addr, datagram);
            }
        }
        Ok(true)
    }

    /// Sends one datagram from a peer's address; one for which there is no room is lost, as on any
    /// network.
    pub fn send(&self, local: IpAddr, destination: SocketAddr, contents: &[u8]) {
        let transmit = Transmit {
            destination,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: Some(local),
        };
        // Counted as loss at the other end.
        let _ = self
            .state
            .try_send(UdpSockRef::from(&self.socket), &transmit);
    }
}
