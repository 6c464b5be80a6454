// Two database servers of the engine of the run (CARDEA_E2E_STORE, else PostgreSQL), the second a real replica of the
// first: physical streaming, or GTIDs. What is replicated is the database "cardea".
import { MariadbServer } from './mariadb.mjs';
import { PostgresServer } from './postgres.mjs';

const SERVERS = { postgresql: PostgresServer, mariadb: MariadbServer };

export const ENGINE = process.env.CARDEA_E2E_STORE ?? 'postgresql';

// A server that nobody replicates: url() is that of its empty database.
export const startLoneServer = () => SERVERS[ENGINE].start();

export class PrimaryAndReplica {
  static async start() {
    const pair = new PrimaryAndReplica();
    try {
      pair.primary = await SERVERS[ENGINE].start();
      await pair.primary.sql('CREATE DATABASE cardea');
      pair.replica = await SERVERS[ENGINE].start(pair.primary);
    } catch (error) {
      await pair.stop();
      throw error;
    }
    return pair;
  }

  primaryUrl() {
    return this.primary.url('cardea');
  }

  replicaUrl() {
    return this.replica.url('cardea');
  }

  // Until the replica has what the primary has committed.
  catchUp() {
    return this.replica.catchUp(this.primary);
  }

  // The one value that a statement gives at the replica.
  atReplica(text) {
    return this.replica.sql(text, 'cardea');
  }

  async stop() {
    await this.replica?.stop();
    await this.primary?.stop();
  }
}
