// The signal between a browser and the server: it can be lost, come back, stand still, and be weighed byte by byte.

import { connect, createServer } from 'node:net';
import { once } from 'node:events';

export class Wire {
  /** Bytes that came from the server, heads and all, since `weighFromNow`. */
  bytes = 0;
  /** `http://127.0.0.1:<port>`, as the browser sees the server. */
  origin;
  #server;
  #sockets = new Set();
  #signal = 'good';

  /** Lays a wire to the server at `origin`. */
  static async to(origin) {
    const wire = new Wire();
    const { hostname, port } = new URL(origin);
    wire.#server = createServer((near) => wire.#carry(near, connect(Number(port), hostname)));
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    wire.origin = `http://127.0.0.1:${wire.#server.address().port}`;
    return wire;
  }

  weighFromNow() {
    this.bytes = 0;
  }

  /** Nothing gets through, and the browser is told at once. */
  lose() {
    this.#signal = 'lost';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What is asked gets through, and no answer comes back. */
  stall() {
    this.#signal = 'stalled';
  }

  /** As good as new; what stood still is gone. */
  restore() {
    this.lose();
    this.#signal = 'good';
  }

  async close() {
    this.lose();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #carry(near, far) {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    if (this.#signal === 'lost') near.destroy();
    near.pipe(far);
    far.on('data', (bytes) => {
      if (this.#signal !== 'good') return;
      this.bytes += bytes.length;
      near.write(bytes);
    });
  }
}
