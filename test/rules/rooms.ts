/** The rooms of src and their ranks, and which packages may be imported where: docs/design.md as data. */

const ranks: Record<string, number> = {
  'secret.ts': 0,
  'errors.ts': 0,
  'clock.ts': 0,
  config: 1,
  observe: 2,
  database: 3,
  outbound: 3,
  audit: 4,
  vault: 5,
  providers: 5,
  accounts: 6,
  callers: 6,
  events: 6,
  oauth: 7,
  profile: 8,
  refresh: 8,
  connect: 9,
  proxy: 9,
  admin: 10,
  simulate: 10,
  jobs: 11,
  graphql: 11,
  http: 12,
  'entities.ts': 12,
  'deployment.ts': 12,
  'app.ts': 13,
  rehearse: 13,
  cli: 14,
  'main.ts': 15,
  demo: 15,
};

/** src/vault/seal.ts is in the room `vault`; src/secret.ts is a room of its own. Null outside src. */
export function roomOf(path: string): string | null {
  return /^src\/([^/]+)/.exec(path)?.[1] ?? null;
}

/** Undefined for a room that has no rank. */
export function rankOf(room: string): number | undefined {
  return ranks[room];
}

interface Wall {
  readonly packages: RegExp;
  readonly allowed: RegExp;
}

export const walls: readonly Wall[] = [
  { packages: /^(fastify|@fastify\/.+|@as-integrations\/fastify)$/, allowed: /^src\/http\// },
  { packages: /^(@apollo\/server|type-graphql|graphql-scalars)$/, allowed: /^src\/graphql\// },
  { packages: /^graphql$/, allowed: /^src\/graphql\// },
  { packages: /^oauth4webapi$/, allowed: /^src\/oauth\// },
  { packages: /^agenda$/, allowed: /^src\/jobs\// },
  {
    packages: /^typeorm$/,
    allowed: /^src\/(database\/|entities\.ts$|.+\.entity\.ts$|.+-store\.ts$)/,
  },
  { packages: /^sqlite3$/, allowed: /^src\/(database|jobs|demo)\// },
  { packages: /^pg$/, allowed: /^src\/(database|jobs)\// },
  { packages: /^@agendajs\/postgres-backend$/, allowed: /^src\/jobs\// },
  { packages: /^undici$/, allowed: /^src\/outbound\// },
  { packages: /^ipaddr\.js$/, allowed: /^src\/(outbound|config)\// },
  { packages: /^oidc-provider$/, allowed: /^src\/demo\// },
  { packages: /^jmespath$/, allowed: /^src\/(providers|rehearse)\// },
  { packages: /^commander$/, allowed: /^src\/cli\// },
  { packages: /^prom-client$/, allowed: /^src\/observe\// },
  { packages: /^pino$/, allowed: /^src\/observe\// },
  { packages: /^jose$/, allowed: /^src\/(vault|callers|oauth|rehearse|demo|cli)\// },
];
