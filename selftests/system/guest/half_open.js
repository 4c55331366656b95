// SPDX-License-Identifier: GPL-2.0
// A server that says something, shuts its side, and waits for the peer's end.
// Without a handler for errors, any reset would end it; a flush as well.
const net = require("net");
net.createServer({ allowHalfOpen: true }, (socket) => {
	socket.on("error", (error) => console.error(error.code));
	socket.on("end", () => socket.destroy());
	socket.resume();
	socket.end("hello\n");
}).listen(Number(process.argv[2]));
