//! The UDP sockets of a shard: one port, and every answer leaves from the address that was asked.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mio::net::UdpSocket;
use socket2::{Domain, Protocol, Socket, Type};

/// Buffers asked for; the system may give less. A keyframe for 200 receivers is about 10 MB.
const SOCKET_BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// Ports tried when any free one will do, but must be free on every address.
const PORT_TRIES: u32 = 16;

/// One socket and the advertised addresses that it stands for; at least one.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) socket: UdpSocket,
    pub(crate) advertised: Vec<SocketAddr>,
}

/// Binds `address`. With "any" as its IP, peers must still get their answers from the advertised
/// address that they sent to, so each advertised address is bound by itself. Where that is not
/// possible (an address of a NAT in front of this machine) one socket takes all of its family.
pub(crate) fn bind(address: SocketAddr, advertise: &[IpAddr]) -> io::Result<Vec<Bound>> {
    if !address.ip().is_unspecified() {
        let socket = open(address)?;
        let port = socket.local_addr()?.port();
        let advertised = advertise.iter().map(|ip| SocketAddr::new(*ip, port));
        return Ok(vec![Bound {
            socket,
            advertised: advertised.collect(),
        }]);
    }
    let mut tries = 0;
    loop {
        tries += 1;
        match bind_each(address.port(), advertise) {
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse
                    && address.port() == 0
                    && tries < PORT_TRIES => {}
            outcome => return outcome,
        }
    }
}

fn bind_each(mut port: u16, advertise: &[IpAddr]) -> io::Result<Vec<Bound>> {
    let mut bound = Vec::new();
    for (ipv4, any) in [
        (true, IpAddr::from(Ipv4Addr::UNSPECIFIED)),
        (false, IpAddr::from(Ipv6Addr::UNSPECIFIED)),
    ] {
        let family: Vec<IpAddr> = advertise
            .iter()
            .copied()
            .filter(|ip| ip.is_ipv4() == ipv4)
            .collect();
        let is_here = |ip: &IpAddr| open(SocketAddr::new(*ip, 0)).is_ok();
        let groups: Vec<(IpAddr, Vec<IpAddr>)> = if family.iter().all(is_here) {
            family.iter().map(|ip| (*ip, vec![*ip])).collect()
        } else {
            vec![(any, family)]
        };
        for (ip, group) in groups {
            let socket = open(SocketAddr::new(ip, port))?;
            port = socket.local_addr()?.port();
            let advertised = group.into_iter().map(|ip| SocketAddr::new(ip, port));
            bound.push(Bound {
                socket,
                advertised: advertised.collect(),
            });
        }
    }
    Ok(bound)
}

fn open(address: SocketAddr) -> io::Result<UdpSocket> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // The system caps these silently; what it gives is enough to start.
    socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
    socket.set_send_buffer_size(SOCKET_BUFFER_BYTES)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(UdpSocket::from_std(socket.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn each_local_address_gets_a_socket_on_the_same_port() {
        let bound = bind(
            ([0, 0, 0, 0], 0).into(),
            &[ip("127.0.0.1"), ip("127.0.0.2")],
        )
        .expect("loopback can be bound");
        let locals: Vec<_> = bound
            .iter()
            .map(|b| b.socket.local_addr().expect("bound"))
            .collect();
        assert_eq!(locals[0].ip(), ip("127.0.0.1"));
        assert_eq!(
            locals[1],
            SocketAddr::new(ip("127.0.0.2"), locals[0].port())
        );
        assert_eq!(bound[1].advertised, [locals[1]]);
    }

    #[test]
    fn an_address_of_a_nat_is_served_by_one_socket_for_all() {
        let advertise = [ip("127.0.0.1"), ip("203.0.113.7")];
        let bound = bind(([0, 0, 0, 0], 0).into(), &advertise).expect("any can be bound");
        assert_eq!(bound.len(), 1);
        assert!(
            bound[0]
                .socket
                .local_addr()
                .expect("bound")
                .ip()
                .is_unspecified()
        );
        assert_eq!(bound[0].advertised.len(), 2);
    }
}
