import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type {
	AgentSession,
	AppInstallation,
	Channel,
	CodeChannel,
	Delivery,
	Message,
	OauthCode,
	Refusal,
	StoredFile,
	SuggestedPrompts,
	Team,
	User,
	View,
} from "./model.ts";

const SCHEMA = `
create table if not exists secrets (name text primary key, value text not null) strict;
create table if not exists teams (id text primary key, body text not null) strict;
create table if not exists installations (id text primary key, token text not null, body text not null) strict;
create table if not exists oauth_codes (code text primary key, body text not null) strict;
create table if not exists users (id text primary key, team_id text not null, token text unique, body text not null) strict;
create table if not exists channels (id text primary key, body text not null) strict;
create table if not exists members (
  channel_id text not null, user_id text not null, last_read text not null default '0', primary key (channel_id, user_id)
) strict;
create table if not exists messages (
  channel_id text not null, ts text not null, thread_ts text, body text not null, primary key (channel_id, ts)
) strict;
create index if not exists messages_thread on messages (channel_id, thread_ts, ts);
create table if not exists ephemerals (
  id integer primary key, channel_id text not null, user_id text not null, ts text not null, body text not null
) strict;
create table if not exists files (id text primary key, body text not null) strict;
create table if not exists views (
  id text primary key, team_id text not null, user_id text not null, type text not null, open integer not null, body text not null
) strict;
create table if not exists agent_sessions (
  channel_id text not null, thread_ts text not null, body text not null, primary key (channel_id, thread_ts)
) strict;
create table if not exists code_channels (channel_id text primary key, session_id text unique, body text not null) strict;
create table if not exists suggested_prompts (channel_id text primary key, body text not null) strict;
create table if not exists deliveries (
  id integer primary key, event_id text not null, team_id text not null, body text not null, state text not null default 'pending',
  attempts integer not null default 0, next_at integer not null, last_reason text
) strict;
create index if not exists deliveries_pending on deliveries (next_at) where state = 'pending';
create table if not exists response_urls (
  id text primary key, body text not null, uses_left integer not null, expires_at integer not null
) strict;
create table if not exists refusals (id integer primary key, at integer not null, body text not null) strict;
`;

export type Store = ReturnType<typeof openStore>;

/**
 * Everything the playground Slack knows, in one SQLite file. Every write is on its way to the disk before the call
 * returns, so a killed process loses nothing that was answered.
 */
export function openStore(dataDir: string) {
	const folder = join(dataDir, "playground");
	mkdirSync(join(folder, "slack-files"), { recursive: true });
	const db = new DatabaseSync(join(folder, "slack.sqlite"));
	db.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;");
	db.exec(SCHEMA);
	const prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

	function statement(sql: string) {
		let found = prepared.get(sql);
		if (found === undefined) {
			found = db.prepare(sql);
			prepared.set(sql, found);
		}
		return found;
	}
	const run = (sql: string, ...values: SQLInputValue[]) => statement(sql).run(...values);
	const rows = (sql: string, ...values: SQLInputValue[]) =>
		statement(sql).all(...values) as Record<string, unknown>[];
	const bodies = <T>(sql: string, ...values: SQLInputValue[]): T[] =>
		rows(sql, ...values).map((row) => JSON.parse(String(row.body)) as T);
	const body = <T>(sql: string, ...values: SQLInputValue[]): T | undefined => bodies<T>(sql, ...values)[0];

	return {
		filesDir: join(folder, "slack-files"),
		close: () => db.close(),
		inTransaction<T>(work: () => T): T {
			if (db.isTransaction) return work();
			db.exec("begin immediate");
			try {
				const result = work();
				db.exec("commit");
				return result;
			} catch (error) {
				db.exec("rollback");
				throw error;
			}
		},
		/** A secret that is made up at first use and stays the same after that. */
		secret(name: string, prefix = ""): string {
			run(
				"insert into secrets values (?, ?) on conflict do nothing",
				name,
				`${prefix}${randomBytes(16).toString("hex")}`,
			);
			return String(rows("select value from secrets where name = ?", name)[0]?.value);
		},

		teams: () => bodies<Team>("select body from teams order by id"),
		team: (id: string) => body<Team>("select body from teams where id = ?", id),
		saveTeam: (team: Team) =>
			run("insert or replace into teams values (?, ?)", team.id, JSON.stringify(team)),

		installations: () => bodies<AppInstallation>("select body from installations order by rowid"),
		installation: (id: string) => body<AppInstallation>("select body from installations where id = ?", id),
		installationByToken: (token: string) =>
			body<AppInstallation>("select body from installations where token = ?", token),
		saveInstallation: (installation: AppInstallation) =>
			run(
				"insert or replace into installations values (?, ?, ?)",
				installation.id,
				installation.token,
				JSON.stringify(installation),
			),
		oauthCode: (code: string) => body<OauthCode>("select body from oauth_codes where code = ?", code),
		saveOauthCode: (code: string, grant: OauthCode) =>
			run("insert or replace into oauth_codes values (?, ?)", code, JSON.stringify(grant)),

		users: () => bodies<User>("select body from users order by id"),
		user: (id: string) => body<User>("select body from users where id = ?", id),
		userByToken: (token: string) => body<User>("select body from users where token = ?", token),
		saveUser: (user: User) =>
			run(
				"insert or replace into users values (?, ?, ?, ?)",
				user.id,
				user.team_id,
				user.token,
				JSON.stringify(user),
			),

		channels: () => bodies<Channel>("select body from channels order by id"),
		channel: (id: string) => body<Channel>("select body from channels where id = ?", id),
		saveChannel: (channel: Channel) =>
			run("insert or replace into channels values (?, ?)", channel.id, JSON.stringify(channel)),

		members: (channelId: string) =>
			rows("select user_id from members where channel_id = ? order by user_id", channelId).map((row) =>
				String(row.user_id),
			),
		isMember: (channelId: string, userId: string) =>
			rows("select 1 from members where channel_id = ? and user_id = ?", channelId, userId).length > 0,
		addMember: (channelId: string, userId: string) =>
			run(
				"insert into members (channel_id, user_id) values (?, ?) on conflict do nothing",
				channelId,
				userId,
			),
		removeMember: (channelId: string, userId: string) =>
			run("delete from members where channel_id = ? and user_id = ?", channelId, userId),
		markRead: (channelId: string, userId: string, ts: string) =>
			run(
				"update members set last_read = max(last_read, ?) where channel_id = ? and user_id = ?",
				ts,
				channelId,
				userId,
			),
		unread: (channelId: string, userId: string) =>
			Number(
				rows(
					`select count(*) as n from messages m join members r on r.channel_id = m.channel_id and r.user_id = ?
           where m.channel_id = ? and m.ts > r.last_read and m.thread_ts is null`,
					userId,
					channelId,
				)[0]?.n ?? 0,
			),

		latestTs: () => String(rows("select max(ts) as ts from messages")[0]?.ts ?? "0"),
		message: (channelId: string, ts: string) =>
			body<Message>("select body from messages where channel_id = ? and ts = ?", channelId, ts),
		saveMessage: (channelId: string, message: Message) =>
			run(
				"insert or replace into messages values (?, ?, ?, ?)",
				channelId,
				message.ts,
				message.thread_ts === message.ts ? null : (message.thread_ts ?? null),
				JSON.stringify(message),
			),
		deleteMessage: (channelId: string, ts: string) =>
			run("delete from messages where channel_id = ? and ts = ?", channelId, ts),
		/** Top-level messages and thread broadcasts, newest first. */
		history: (channelId: string) =>
			bodies<Message>(
				`select body from messages where channel_id = ? and (thread_ts is null or body ->> 'subtype' = 'thread_broadcast')
         order by ts desc`,
				channelId,
			),
		replies: (channelId: string, threadTs: string) =>
			bodies<Message>(
				"select body from messages where channel_id = ? and thread_ts = ? order by ts",
				channelId,
				threadTs,
			),

		saveEphemeral: (channelId: string, userId: string, message: Message) =>
			run(
				"insert into ephemerals (channel_id, user_id, ts, body) values (?, ?, ?, ?)",
				channelId,
				userId,
				message.ts,
				JSON.stringify(message),
			),
		ephemerals: (channelId: string, userId: string) =>
			bodies<Message>(
				"select body from ephemerals where channel_id = ? and user_id = ? order by ts",
				channelId,
				userId,
			),
		ephemeral: (channelId: string, ts: string) =>
			body<Message>("select body from ephemerals where channel_id = ? and ts = ?", channelId, ts),
		replaceEphemeral: (channelId: string, ts: string, message: Message | null) =>
			message === null
				? run("delete from ephemerals where channel_id = ? and ts = ?", channelId, ts)
				: run(
						"update ephemerals set body = ? where channel_id = ? and ts = ?",
						JSON.stringify(message),
						channelId,
						ts,
					),

		file: (id: string) => body<StoredFile>("select body from files where id = ?", id),
		saveFile: (file: StoredFile) =>
			run("insert or replace into files values (?, ?)", file.id, JSON.stringify(file)),

		view: (id: string) =>
			body<View & { user_id: string; open: number }>(
				"select json_set(body, '$.user_id', user_id, '$.open', open) as body from views where id = ?",
				id,
			),
		views: (userId: string, type: "modal" | "home") =>
			bodies<View>(
				"select body from views where user_id = ? and type = ? and open = 1 order by rowid",
				userId,
				type,
			),
		viewByExternalId: (teamId: string, externalId: string) =>
			body<View>(
				"select body from views where team_id = ? and open = 1 and body ->> 'external_id' = ?",
				teamId,
				externalId,
			),
		saveView: (userId: string, view: View) =>
			run(
				`insert into views values (?, ?, ?, ?, 1, ?)
         on conflict (id) do update set body = excluded.body, open = 1`,
				view.id,
				view.team_id,
				userId,
				view.type,
				JSON.stringify(view),
			),
		closeView: (id: string) => run("update views set open = 0 where id = ?", id),

		agentSession: (channelId: string, threadTs: string) =>
			body<AgentSession>(
				"select body from agent_sessions where channel_id = ? and thread_ts = ?",
				channelId,
				threadTs,
			),
		agentSessions: () => bodies<AgentSession>("select body from agent_sessions"),
		saveAgentSession: (session: AgentSession) =>
			run(
				"insert or replace into agent_sessions values (?, ?, ?)",
				session.channel_id,
				session.thread_ts,
				JSON.stringify(session),
			),

		codeChannels: () => bodies<CodeChannel>("select body from code_channels"),
		codeChannel: (channelId: string) =>
			body<CodeChannel>("select body from code_channels where channel_id = ?", channelId),
		codeChannelOf: (sessionId: string) =>
			body<CodeChannel>("select body from code_channels where session_id = ?", sessionId),
		saveCodeChannel: (channel: CodeChannel) =>
			run(
				"insert or replace into code_channels values (?, ?, ?)",
				channel.channel_id,
				channel.session_id,
				JSON.stringify(channel),
			),

		suggestedPrompts: () => bodies<SuggestedPrompts>("select body from suggested_prompts"),
		saveSuggestedPrompts: (suggested: SuggestedPrompts) =>
			run(
				"insert or replace into suggested_prompts values (?, ?)",
				suggested.channel_id,
				JSON.stringify(suggested),
			),

		addDelivery: (delivery: { event_id: string; team_id: string; body: string; next_at: number }) =>
			run(
				"insert into deliveries (event_id, team_id, body, next_at) values (?, ?, ?, ?)",
				delivery.event_id,
				delivery.team_id,
				delivery.body,
				delivery.next_at,
			),
		pendingDeliveries: () =>
			rows("select * from deliveries where state = 'pending' order by next_at, id") as unknown as Delivery[],
		retryDelivery: (id: number, nextAt: number, reason: string) =>
			run(
				"update deliveries set attempts = attempts + 1, next_at = ?, last_reason = ? where id = ?",
				nextAt,
				reason,
				id,
			),
		endDelivery: (id: number, state: "accepted" | "given_up") =>
			run("update deliveries set state = ?, body = '' where id = ?", state, id),

		saveResponseUrl: (id: string, target: unknown, uses: number, expiresAt: number) =>
			run("insert into response_urls values (?, ?, ?, ?)", id, JSON.stringify(target), uses, expiresAt),
		responseUrl: (id: string) =>
			rows("select body, uses_left, expires_at from response_urls where id = ?", id)[0],
		spendResponseUrl: (id: string) =>
			run("update response_urls set uses_left = uses_left - 1 where id = ?", id),

		addRefusal(refusal: Omit<Refusal, "id">): Refusal {
			const { lastInsertRowid } = run(
				"insert into refusals (at, body) values (?, ?)",
				refusal.at,
				JSON.stringify(refusal),
			);
			return { id: Number(lastInsertRowid), ...refusal };
		},
		refusals: () =>
			bodies<Refusal>("select json_set(body, '$.id', id) as body from refusals order by id desc limit 500"),
		clearRefusals: () => run("delete from refusals"),
	};
}
