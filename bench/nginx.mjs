// nginx on core 0 with one static file of 1 KB: what answering a request costs at best.
import fs from "node:fs";
import path from "node:path";
import { freePort, startServer, stopServer, untilAnswers } from "./processes.mjs";

export class Nginx {
  static async start(folder) {
    const made = new Nginx();
    made.port = await freePort();
    made.url = `http://127.0.0.1:${made.port}/1k.json`;
    fs.mkdirSync(path.join(folder, "www"), { recursive: true });
    fs.writeFileSync(path.join(folder, "www", "1k.json"), "x".repeat(1024));
    const config = path.join(folder, "nginx.conf");
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/nginx-${name};`);
    fs.writeFileSync(config, `
daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log crit;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; open_file_cache max=100;
  types { application/json json; }
  ${paths.join(" ")}
  server { listen 127.0.0.1:${made.port}; root ${folder}/www; }
}
`);
    made.child = startServer("nginx", ["-c", config], { log: path.join(folder, "nginx.out") });
    await untilAnswers(made.child, made.port, "/1k.json", performance.now());
    return made;
  }
  get pid() { return this.child.pid; }
  async stop() { await stopServer(this.child, "SIGTERM"); }
}
