"""systemd may open the socket: then no connection attempt is lost over a restart."""

import os
import socket

from scenario import Scenario, main, message


class Activation(Scenario):
    def test_a_socket_that_systemd_opened_is_taken(self):
        emulator = self.start_emulator()
        daemon = self.make_daemon(emulator.connection)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(daemon.socket_path)
            listener.listen()
            # Before anybody runs: the connection waits in the socket, as after a restart.
            producer = self.connect(daemon, ack="delivered")
            producer.send(message("g", 1))
            producer.flush()
            daemon.launch(through=as_systemd(listener.fileno()), pass_fds=[listener.fileno()])
            self.assertEqual(self.outcomes(producer, 1).counts["delivered"], 1)
            self.assertEqual(daemon.close(), 0)
            self.assertTrue(os.path.exists(daemon.socket_path), "it is not ours to remove")
            self.connect(daemon)  # and it still takes connections


    def test_sockets_are_told_apart_by_their_names(self):
        daemon = self.make_daemon(self.start_emulator().connection)
        with socket.socket(socket.AF_UNIX) as producers, socket.create_server(
                ("127.0.0.1", 0)) as gateway:
            producers.bind(daemon.socket_path)
            producers.listen()
            daemon.launch(
                through=as_systemd(gateway.fileno(), producers.fileno(),
                                   names="gateway:producers"),
                pass_fds=[gateway.fileno(), producers.fileno()])
            producer = self.connect(daemon, ack="delivered")
            producer.send(message("g", 1))
            producer.flush()
            self.assertEqual(self.outcomes(producer, 1).counts["delivered"], 1)
            with socket.create_connection(gateway.getsockname(), timeout=20) as client:
                client.sendall(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertIn(b"HTTP/1.1 4", client.recv(65536))
            self.assertEqual(daemon.close(), 0)

    def test_a_name_that_nobody_knows_ends_the_start(self):
        daemon = self.make_daemon(self.start_emulator().connection)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(daemon.socket_path)
            listener.listen()
            daemon.launch(through=as_systemd(listener.fileno(), names="web.socket"),
                          pass_fds=[listener.fileno()])
            self.assertEqual(daemon.process.wait(30), 78)
            self.assertIn("into the socket unit web.socket", daemon.log())


def as_systemd(*descriptors, names=None):
    """sd_listen_fds(3): descriptors from 3 on, their names, and whose they are."""
    # Moved out of the way first: a place may be that of another one.
    moved = [(20 + place, descriptor) for place, descriptor in enumerate(descriptors)]
    aside = " ".join(f"{place}<&{descriptor}" for place, descriptor in moved)
    placed = " ".join(f"{3 + i}<&{place}" for i, (place, _) in enumerate(moved))
    said = f"LISTEN_FDNAMES={names}" if names else ""
    script = (f'exec {aside}; exec env LISTEN_FDS={len(descriptors)} LISTEN_PID=$$ {said} "$@" '
              f'{placed}')
    return ["bash", "-c", script, "bash"]


if __name__ == "__main__":
    main()
