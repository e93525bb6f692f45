-- The whole schema, in the order of the data: a message comes in, states facts, changes a payment and its order, and may open a
-- discrepancy. Tables first, each with its indexes and its comments; then functions and triggers; then the views of operators.
--
-- prisma/schema.prisma says the same of the tables. What it cannot say is here alone: partial indexes, checks, storage settings,
-- comments, functions, triggers and views.


---- Inbox: messages, receipts, queue, outcomes, quarantine ----

CREATE TABLE inbox_messages (
  id uuid NOT NULL PRIMARY KEY,
  provider text NOT NULL,
  account text NOT NULL,
  witness text NOT NULL,
  content bytea,
  content_digest bytea NOT NULL,
  scrubbed text[],
  envelope jsonb,
  secret_id text,
  received_at timestamptz(3) NOT NULL,
  data_key text
);
-- Larger bodies are compressed before the message is acknowledged. lz4 is the cheaper method, but a server may be built without it.
DO $$
BEGIN
  EXECUTE 'ALTER TABLE inbox_messages ALTER COLUMN content SET COMPRESSION lz4';
EXCEPTION
  WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN
    RAISE NOTICE 'bodies are compressed with the default method: this server was built without lz4';
END
$$;
-- Messages of one account, the latest first. The provider stands in the middle so that the last message of each account is one step
-- of the index per account.
CREATE INDEX inbox_messages_account_provider_id_idx ON inbox_messages (account, provider, id);
-- Retention walks the bodies that are still stored, the oldest first, and never meets one twice.
CREATE INDEX inbox_messages_kept ON inbox_messages (received_at) WHERE content IS NOT NULL;
COMMENT ON TABLE inbox_messages IS 'One raw notification or response exactly as it was verified, written once, before it is acknowledged. Its work state lives in inbox_queue and inbox_outcomes, because updating this row would rewrite the body: only a new data key and retention do so.';
COMMENT ON COLUMN inbox_messages.id IS 'UUID version 7: sorts by receipt.';
COMMENT ON COLUMN inbox_messages.witness IS 'notification | response';
COMMENT ON COLUMN inbox_messages.content IS 'The signed bytes (body, or raw query where the signed set travelled there), card secrets overwritten in place; sealed when data_key is set, null once retention has deleted them.';
COMMENT ON COLUMN inbox_messages.content_digest IS 'SHA-256 of the bytes as received, before anything was overwritten.';
COMMENT ON COLUMN inbox_messages.scrubbed IS 'What was overwritten before storing; empty when the content is byte for byte what was received.';
COMMENT ON COLUMN inbox_messages.envelope IS 'What the merchant said about a forwarded response (order, operation, HTTP status …); null for notifications.';
COMMENT ON COLUMN inbox_messages.secret_id IS 'Which configured secret verified the message; null for responses.';
COMMENT ON COLUMN inbox_messages.data_key IS 'Which of DATA_KEYS sealed the content, as id:check value; null: it is in clear, or gone.';

CREATE TABLE receipts (
  key bytea NOT NULL PRIMARY KEY,
  inbox_id uuid NOT NULL,
  deliveries integer NOT NULL DEFAULT 1,
  last_delivered_at timestamptz(3) NOT NULL,
  content_mark bytea
);
-- Finds how often a message was delivered. Receipts are written in the order of these ids, so a summary of every 128 pages finds
-- one. It costs an acknowledgement next to nothing, where a full index would be one more write.
CREATE INDEX receipts_inbox_id_idx ON receipts USING brin (inbox_id uuid_minmax_multi_ops) WITH (autosummarize = on);
COMMENT ON TABLE receipts IS 'Deduplication ledger: one row per distinct message, however often it was delivered.';
COMMENT ON COLUMN receipts.key IS 'What makes two deliveries one message. Of a notification: 12 bytes of the payment''s name, 20 of the SHA-256 of account, witness and canonical content; of an answer: the whole SHA-256.';
COMMENT ON COLUMN receipts.content_mark IS 'SHA-256 of what an Idempotency-Key was first used for (envelope without receivedAt, body; both as canonical JSON); null: the key is drawn from the content itself.';

CREATE TABLE inbox_queue (
  inbox_id uuid NOT NULL PRIMARY KEY,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL,
  put_off integer NOT NULL DEFAULT 0,
  is_apart boolean NOT NULL DEFAULT false
) WITH (
  -- The queue is empty most of the time and turns over all of its rows: vacuum must not wait for a share of them to be dead.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000
);
COMMENT ON TABLE inbox_queue IS 'What still has to be processed: a row per pending message, deleted in the transaction that records its outcome.';
COMMENT ON COLUMN inbox_queue.attempts IS 'Failed tries so far; a message that keeps failing is parked.';
COMMENT ON COLUMN inbox_queue.due_at IS 'Not before this time.';
COMMENT ON COLUMN inbox_queue.put_off IS 'How often it was put off through no fault of its own: a lock that another transaction held, an account that is not configured.';
COMMENT ON COLUMN inbox_queue.is_apart IS 'It belongs to thousands of messages that are judged together, in turns of their own.';
-- Nearly always empty.
CREATE INDEX inbox_queue_apart ON inbox_queue (inbox_id) WHERE is_apart;

CREATE TABLE inbox_outcomes (
  inbox_id uuid NOT NULL PRIMARY KEY,
  state text NOT NULL,
  family text,
  code text,
  detail text,
  processed_at timestamptz(3) NOT NULL,
  translation integer
);
-- Nearly every message ends as processed: an index of the others stays small, and few messages write it.
CREATE INDEX inbox_outcomes_uncommon ON inbox_outcomes (state, inbox_id) WHERE state <> 'processed';
COMMENT ON TABLE inbox_outcomes IS 'What became of a message: processed, duplicate (said nothing new) or parked (kept for a later build or an operator).';
COMMENT ON COLUMN inbox_outcomes.state IS 'processed | duplicate | parked';
COMMENT ON COLUMN inbox_outcomes.family IS 'transaction, or another family of message the provider sends to the same URL.';
COMMENT ON COLUMN inbox_outcomes.code IS 'Why it is parked: a code of docs/failure-modes.md.';
COMMENT ON COLUMN inbox_outcomes.translation IS 'By which version of its provider''s translation it counts; null: none has read it.';

CREATE TABLE quarantined_messages (
  id uuid NOT NULL PRIMARY KEY,
  provider text NOT NULL,
  account text NOT NULL,
  digest bytea NOT NULL,
  reason text NOT NULL,
  method text NOT NULL,
  content bytea NOT NULL,
  scrubbed text[],
  signature text,
  source text NOT NULL,
  deliveries integer NOT NULL DEFAULT 1,
  first_seen_at timestamptz(3) NOT NULL,
  last_seen_at timestamptz(3) NOT NULL,
  data_key text,
  carrier text NOT NULL DEFAULT 'body'
);
CREATE UNIQUE INDEX quarantined_messages_digest_account_provider_key ON quarantined_messages (digest, account, provider);
-- The caps per account and per sender count by these two; what is too old is deleted by the third.
CREATE INDEX quarantined_messages_account_provider_idx ON quarantined_messages (account, provider);
CREATE INDEX quarantined_messages_source_idx ON quarantined_messages (source);
CREATE INDEX quarantined_messages_first_seen_at_idx ON quarantined_messages (first_seen_at);
COMMENT ON TABLE quarantined_messages IS 'Messages without a valid signature that look like the provider''s: evidence for an operator, never processed, gone after three to four days.';
COMMENT ON COLUMN quarantined_messages.digest IS 'SHA-256 of the bytes as received: one row per distinct message and account.';
COMMENT ON COLUMN quarantined_messages.reason IS 'Why it was not accepted: signature_mismatch, secret_expired …';
COMMENT ON COLUMN quarantined_messages.content IS 'What would have been the signed bytes, card secrets overwritten in place; sealed when data_key is set, and then as it was received unless it holds a security code.';
COMMENT ON COLUMN quarantined_messages.signature IS 'The signature header as sent, for re-verification once the secret is corrected; null for providers that sign inside the body.';
COMMENT ON COLUMN quarantined_messages.source IS 'Address of the sender as the service saw it.';
COMMENT ON COLUMN quarantined_messages.data_key IS 'Which of DATA_KEYS sealed the content, as id:check value; null: it is in clear.';
COMMENT ON COLUMN quarantined_messages.carrier IS 'Where the bytes travelled: body | query.';


---- Events: the normalized facts ----

CREATE TABLE transaction_events (
  id uuid NOT NULL,
  inbox_id uuid NOT NULL,
  event_key bytea NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  reference text,
  parent_reference text,
  order_id text,
  witness text NOT NULL,
  type text NOT NULL,
  -- json and not jsonb: it is written once and read whole.
  fact json NOT NULL,
  occurred_at timestamptz(3),
  received_at timestamptz(3) NOT NULL,
  -- The message leads: its events are found by it, and no second index is needed for that.
  PRIMARY KEY (inbox_id, id)
);
-- At most one event per fact.
CREATE UNIQUE INDEX transaction_events_event_key_key ON transaction_events (event_key);
CREATE INDEX transaction_events_reference_account_idx ON transaction_events (reference, account);
CREATE INDEX transaction_events_order_id_account_idx ON transaction_events (order_id, account);
-- Parent links are rare, and both directions are walked for every batch. An index that holds nothing else stays tiny, and the planner
-- takes no other index for these steps.
CREATE INDEX transaction_events_links_up ON transaction_events (reference, account)
  WHERE parent_reference IS NOT NULL AND reference IS NOT NULL;
CREATE INDEX transaction_events_links_down ON transaction_events (parent_reference, account)
  WHERE parent_reference IS NOT NULL;
COMMENT ON TABLE transaction_events IS 'The normalized facts as messages state them by their current translation. A replay moves what it supersedes to superseded_events; an erasure takes out what they state of a person.';
COMMENT ON COLUMN transaction_events.event_key IS 'Equal key, equal fact: 12 bytes of the reference (of a request, of its message''s id), 20 of the SHA-256 over all normalized fields but ids, receipt time and the provider''s prose.';
COMMENT ON COLUMN transaction_events.reference IS 'Null: an answer that names no transaction, that is, a request.';
COMMENT ON COLUMN transaction_events.parent_reference IS 'Evidence that this reference belongs to another transaction; of a call that names its operation alone, operation:<id>.';
COMMENT ON COLUMN transaction_events.witness IS 'notification | response | inquiry';
COMMENT ON COLUMN transaction_events.type IS 'Past-tense fact: authorized, captured, refunded …';
COMMENT ON COLUMN transaction_events.fact IS 'What it states, in the fields of docs/transaction-event.schema.json; a field that states nothing is left out.';
COMMENT ON COLUMN transaction_events.occurred_at IS 'Provider''s clock; null where it sends none.';

CREATE TABLE event_repetitions (
  inbox_id uuid NOT NULL,
  event_key bytea NOT NULL,
  PRIMARY KEY (inbox_id, event_key)
);
CREATE INDEX event_repetitions_event_key_idx ON event_repetitions (event_key);
COMMENT ON TABLE event_repetitions IS 'Which messages state a fact that another message had stated before. Messages that state one fact are replayed together, so that no statement is lost.';
COMMENT ON COLUMN event_repetitions.event_key IS 'Of the event of the other message.';

CREATE TABLE superseded_events (
  id uuid NOT NULL,
  inbox_id uuid NOT NULL,
  event_key bytea NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  reference text,
  parent_reference text,
  order_id text,
  witness text NOT NULL,
  type text NOT NULL,
  fact json NOT NULL,
  occurred_at timestamptz(3),
  received_at timestamptz(3) NOT NULL,
  superseded_at timestamptz(3) NOT NULL,
  PRIMARY KEY (inbox_id, id)
);
COMMENT ON TABLE superseded_events IS 'Facts as a former translation stated them: history that nothing is computed from. The columns are those of transaction_events.';
COMMENT ON COLUMN superseded_events.superseded_at IS 'When a replay translated the message anew, by our clock.';

CREATE TABLE replays (
  id uuid NOT NULL PRIMARY KEY,
  plan bytea NOT NULL,
  filter jsonb NOT NULL,
  actor text NOT NULL,
  messages integer NOT NULL,
  position uuid NOT NULL,
  replayed integer NOT NULL DEFAULT 0,
  staying jsonb NOT NULL DEFAULT '{}',
  begun_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3)
);
-- A plan that is applied twice at the same time is one replay. Replays that run are few: workers look at this index alone.
CREATE UNIQUE INDEX replays_running ON replays (plan) WHERE ended_at IS NULL;
COMMENT ON TABLE replays IS 'Messages that are translated again, or were: one row for each plan that an operator applied.';
COMMENT ON COLUMN replays.plan IS 'SHA-256 of the filter and of the set of messages that it chose.';
COMMENT ON COLUMN replays.filter IS 'Which messages.';
COMMENT ON COLUMN replays.actor IS 'Name of the API key, or cli:<user of the operating system>.';
COMMENT ON COLUMN replays.messages IS 'How many messages the plan chose.';
COMMENT ON COLUMN replays.position IS 'Id of the message up to which it has come; it moves in the commit of the effects.';
COMMENT ON COLUMN replays.replayed IS 'How many of them were translated again.';
COMMENT ON COLUMN replays.staying IS 'How many of them count as before, by the reason.';
COMMENT ON COLUMN replays.ended_at IS 'When the last one was done; null: it goes on.';


---- Transactions: each payment as it stands ----

CREATE TABLE transactions (
  provider text NOT NULL,
  account text NOT NULL,
  reference text NOT NULL,
  absorbed text[],
  order_id text,
  status text NOT NULL,
  reconciliation text NOT NULL,
  overdue boolean NOT NULL,
  final boolean NOT NULL,
  linked boolean NOT NULL,
  test boolean,
  merchant_id text,
  currency text,
  authorized_total bigint,
  captured_total bigint,
  refunded_total bigint,
  charged_back_total bigint,
  operations jsonb NOT NULL,
  details jsonb NOT NULL,
  first_seen_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  next_deadline_at timestamptz(3),
  version integer NOT NULL,
  -- Nearly every payment is authorized, then captured. An index of the status itself would be written at each of these steps, and
  -- every other index of the table with it. This column does not change at them, so no index is written.
  uncommon_status text GENERATED ALWAYS AS (CASE WHEN status NOT IN ('authorized', 'captured') THEN status END) STORED,
  email_hash text GENERATED ALWAYS AS (details -> 'customer' ->> 'emailHash') STORED,
  amount bigint GENERATED ALWAYS AS (coalesce(authorized_total, captured_total, refunded_total, charged_back_total)) STORED,
  PRIMARY KEY (reference, account, provider)
) WITH (
  -- A transaction is rewritten two or three times in its first seconds. These versions find room on its page, so that no index is
  -- written for them.
  fillfactor = 60
);
CREATE INDEX transactions_order_id_account_idx ON transactions (order_id, account);
CREATE INDEX transactions_first_seen_at_reference_idx ON transactions (first_seen_at, reference);
CREATE INDEX transactions_account_first_seen_at_idx ON transactions (account, first_seen_at);
CREATE INDEX transactions_absorbed ON transactions USING gin (absorbed) WHERE absorbed <> '{}';
-- The sweep looks only at rows that wait for the clock.
CREATE INDEX transactions_next_deadline ON transactions (next_deadline_at) WHERE next_deadline_at IS NOT NULL;
-- A list whose filter few rows pass would otherwise walk the whole table to fill one page. What many rows pass is found without
-- help, so these indexes hold only what is out of the ordinary.
CREATE INDEX transactions_email_hash ON transactions (email_hash, first_seen_at) WHERE email_hash IS NOT NULL;
CREATE INDEX transactions_amount ON transactions (amount, first_seen_at) WHERE amount IS NOT NULL;
CREATE INDEX transactions_uncommon_status ON transactions (uncommon_status, first_seen_at) WHERE uncommon_status IS NOT NULL;
CREATE INDEX transactions_unsettled_since ON transactions (reconciliation, first_seen_at)
  WHERE reconciliation IN ('discrepant', 'awaiting_notification', 'awaiting_response', 'expected', 'response_only');
CREATE INDEX transactions_overdue ON transactions (first_seen_at) WHERE overdue;
CREATE INDEX transactions_unlinked ON transactions (first_seen_at) WHERE NOT linked;
CREATE INDEX transactions_of_test_mode ON transactions (first_seen_at) WHERE test;
COMMENT ON TABLE transactions IS 'One payment as it stands: a projection folded from all events that share its root reference.';
COMMENT ON COLUMN transactions.reference IS 'Root reference.';
COMMENT ON COLUMN transactions.absorbed IS 'References of transactions absorbed into this root through a parent link.';
COMMENT ON COLUMN transactions.overdue IS 'A witness that was due has not spoken in time.';
COMMENT ON COLUMN transactions.final IS 'No operation awaits an outcome and the status is terminal.';
COMMENT ON COLUMN transactions.linked IS 'False: only later steps (a capture, a refund) are known and nothing links them to their payment.';
COMMENT ON COLUMN transactions.authorized_total IS 'Minor units; null: never stated.';
COMMENT ON COLUMN transactions.operations IS 'Money steps with both witnesses, in order.';
COMMENT ON COLUMN transactions.details IS 'The attributes of the payment (customer, payment method …), each by the latest word on it.';
COMMENT ON COLUMN transactions.next_deadline_at IS 'When the clock alone may next change this transaction.';
COMMENT ON COLUMN transactions.version IS 'Counts the saved changes of this row.';
COMMENT ON COLUMN transactions.email_hash IS 'Keyed digest of the customer''s e-mail address: what lists find by an index. Written by the database.';
COMMENT ON COLUMN transactions.uncommon_status IS 'The status, unless it is authorized or captured: what lists find by an index. Written by the database.';


---- Orders: what each order comes to ----

CREATE TABLE orders (
  provider text NOT NULL,
  account text NOT NULL,
  order_id text NOT NULL,
  transactions integer NOT NULL,
  currency text,
  captured_total bigint,
  refunded_total bigint,
  charged_back_total bigint,
  net_total bigint,
  announced_total bigint,
  paid boolean NOT NULL,
  paid_reason text NOT NULL,
  safe_to_retry boolean NOT NULL,
  reason text NOT NULL,
  first_seen_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (order_id, account, provider)
) WITH (
  -- Two or three versions of a row find room on its page, so that no index is written for them.
  fillfactor = 70
);
CREATE INDEX orders_first_seen_at_idx ON orders (first_seen_at);
COMMENT ON TABLE orders IS 'What one order comes to: a projection judged from everything that is told under it, as of the last save of its row. What the clock changes is saved by the sweep.';
COMMENT ON COLUMN orders.transactions IS 'How many transactions belong to it, unlinked later steps included.';
COMMENT ON COLUMN orders.captured_total IS 'Minor units over the transactions that count; null: an amount or the currency is not known. So are the other totals.';
COMMENT ON COLUMN orders.net_total IS 'What the order holds; null: not known, also where more was moved than its payments explain.';
COMMENT ON COLUMN orders.announced_total IS 'The largest announced amount; null: none was announced.';
COMMENT ON COLUMN orders.paid_reason IS 'Why it is paid, or why not.';
COMMENT ON COLUMN orders.safe_to_retry IS 'Whether charging the order again is safe: false where it may charge the customer twice.';
COMMENT ON COLUMN orders.reason IS 'Why a retry is not safe, or why it is.';
COMMENT ON COLUMN orders.first_seen_at IS 'When its first payment, announcement or call came, by our clock.';
COMMENT ON COLUMN orders.version IS 'Counts the saved changes of this row.';


---- Totals of each day (docs/decisions/0011-totals-of-days.md) ----

CREATE TABLE daily_totals (
  day date NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  reconciliation text NOT NULL,
  currency text NOT NULL,
  test text NOT NULL,
  writer bigint NOT NULL,
  payments bigint NOT NULL,
  overdue bigint NOT NULL,
  captured_total decimal(38, 0) NOT NULL,
  refunded_total decimal(38, 0) NOT NULL,
  charged_back_total decimal(38, 0) NOT NULL,
  unknown_amounts bigint NOT NULL,
  PRIMARY KEY (day, account, provider, reconciliation, currency, test, writer)
) WITH (
  -- Every batch writes the same few rows: their next version finds room beside them, and dead ones go early.
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000
);
-- What connections have counted since the last time it was added up.
CREATE INDEX daily_totals_by_writers ON daily_totals (day) WHERE writer <> 0;
COMMENT ON TABLE daily_totals IS 'How many payments, and how much money, of each day stand where: the sum of its rows over all writers. Kept by triggers of transactions.';
COMMENT ON COLUMN daily_totals.day IS 'UTC day of first_seen_at.';
COMMENT ON COLUMN daily_totals.currency IS 'ISO 4217; empty: not stated.';
COMMENT ON COLUMN daily_totals.test IS 'true, false, or empty: the provider did not say.';
COMMENT ON COLUMN daily_totals.writer IS 'Which database connection counted, in which ten seconds, so that none waits for another; 0: added up by maintenance.';
COMMENT ON COLUMN daily_totals.payments IS 'One writer alone may have seen more go than come: less than nothing.';
COMMENT ON COLUMN daily_totals.captured_total IS 'Minor units over the known amounts. So are the other totals.';
COMMENT ON COLUMN daily_totals.unknown_amounts IS 'Payments with a total that no message states: not in the sums.';


---- Discrepancies ----

CREATE TABLE discrepancies (
  id uuid NOT NULL PRIMARY KEY,
  key text NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  reference text,
  order_id text,
  class text NOT NULL,
  field text,
  response text[],
  notification text[],
  amount_at_risk bigint,
  currency text,
  opened_at timestamptz(3) NOT NULL,
  resolved_at timestamptz(3),
  resolution text,
  -- The default covers nothing.
  covers jsonb NOT NULL DEFAULT '{"parts": [], "outcomes": {"response": "", "notification": ""}, "amountAtRisk": null}',
  version integer NOT NULL DEFAULT 1,
  former_id uuid
);
-- At most one open discrepancy per key.
CREATE UNIQUE INDEX discrepancies_open_key ON discrepancies (key, account, provider) WHERE resolved_at IS NULL;
CREATE INDEX discrepancies_reference_account_idx ON discrepancies (reference, account);
CREATE INDEX discrepancies_order_id_account_idx ON discrepancies (order_id, account);
CREATE INDEX discrepancies_opened_at_id_idx ON discrepancies (opened_at, id);
CREATE INDEX discrepancies_class_opened_at_idx ON discrepancies (class, opened_at);
CREATE INDEX discrepancies_account_opened_at_idx ON discrepancies (account, opened_at);
-- Few are open: the index of them stays small.
CREATE INDEX discrepancies_open ON discrepancies (opened_at, id) WHERE resolved_at IS NULL;
-- A discrepancy that opens again looks for the one that an operator closed.
CREATE INDEX discrepancies_closed_by_operators ON discrepancies (key, account, provider, resolved_at)
  WHERE resolution = 'operator';
COMMENT ON TABLE discrepancies IS 'One contradiction or absence between the witnesses, with the money it puts at risk. Closed rows stay as history.';
COMMENT ON COLUMN discrepancies.key IS 'Identity from content (class, field, subject): at most one open row per key and account.';
COMMENT ON COLUMN discrepancies.reference IS 'Root reference; null when it belongs to an order or a request.';
COMMENT ON COLUMN discrepancies.response IS 'What each side said.';
COMMENT ON COLUMN discrepancies.amount_at_risk IS 'Minor units; null: unknown.';
COMMENT ON COLUMN discrepancies.resolution IS 'evidence | operator';
COMMENT ON COLUMN discrepancies.covers IS 'What a statement of an operator about it would cover: the ids it names with the money on each, what each side said came of it, the money at risk.';
COMMENT ON COLUMN discrepancies.version IS 'Counts the changes of its figures.';
COMMENT ON COLUMN discrepancies.former_id IS 'The discrepancy of the same key that an operator had closed; null: none had.';


---- Expectations: what merchants announce ----

CREATE TABLE expectations (
  id uuid NOT NULL PRIMARY KEY,
  key bytea NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  order_id text NOT NULL,
  channel text,
  operation text,
  operation_id text,
  parent_reference text,
  amount bigint,
  currency text,
  created_at timestamptz(3) NOT NULL,
  withdrawn_at timestamptz(3),
  said_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  requested_at timestamptz(3)
);
-- One live expectation per key; a withdrawn one stays as history.
CREATE UNIQUE INDEX expectations_live_key ON expectations (key) WHERE withdrawn_at IS NULL;
CREATE INDEX expectations_order_id_account_idx ON expectations (order_id, account);
-- Announced steps are looked for under the transaction they will act on, for every batch: an index of nothing else stays tiny.
CREATE INDEX expectations_parent_reference ON expectations (parent_reference, account)
  WHERE parent_reference IS NOT NULL AND withdrawn_at IS NULL;
COMMENT ON TABLE expectations IS '"We are about to ask for this payment", registered by the merchant before the call.';
COMMENT ON COLUMN expectations.key IS 'SHA-256 of provider, account, order, operation and operation id: registering the same again answers the same row.';
COMMENT ON COLUMN expectations.channel IS 'direct | hosted; null: not said';
COMMENT ON COLUMN expectations.operation IS 'authorization | sale | capture | refund | void | credit; null: not said, a payment';
COMMENT ON COLUMN expectations.parent_reference IS 'Reference that a later step will act on.';
COMMENT ON COLUMN expectations.amount IS 'Minor units.';
COMMENT ON COLUMN expectations.created_at IS 'When it was first said, by our clock: alarms count from here.';
COMMENT ON COLUMN expectations.withdrawn_at IS 'Set when the merchant took it back; the fold does not read such a row.';
COMMENT ON COLUMN expectations.said_at IS 'When it was last said, by our clock: the call may have been made after that.';
COMMENT ON COLUMN expectations.requested_at IS 'When the call is made by the merchant''s clock, as last said; null: not said.';


---- Resolutions: what operators state ----

CREATE TABLE resolutions (
  id uuid NOT NULL PRIMARY KEY,
  key text NOT NULL,
  discrepancy_id uuid NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  reference text,
  order_id text,
  outcome text,
  note text NOT NULL,
  author text NOT NULL,
  stated_at timestamptz(3) NOT NULL,
  -- The default covers nothing.
  covers jsonb NOT NULL DEFAULT '{"parts": [], "outcomes": {"response": "", "notification": ""}, "amountAtRisk": null}'
);
CREATE INDEX resolutions_reference_account_idx ON resolutions (reference, account);
CREATE INDEX resolutions_order_id_account_idx ON resolutions (order_id, account);
COMMENT ON TABLE resolutions IS 'An operator''s statement about a discrepancy: evidence that later folds read, never deleted.';
COMMENT ON COLUMN resolutions.key IS 'Key of the discrepancy it speaks about.';
COMMENT ON COLUMN resolutions.reference IS 'Subject of the discrepancy, as it was: reference of the transaction, or of what a call acted on.';
COMMENT ON COLUMN resolutions.order_id IS 'Subject of the discrepancy, as it was.';
COMMENT ON COLUMN resolutions.outcome IS 'not_processed: the operator looked at the provider''s side, and nothing happened there. separate_payments: each payment of the order is meant, later ones too.';
COMMENT ON COLUMN resolutions.author IS 'Name of the API key that stated it.';
COMMENT ON COLUMN resolutions.covers IS 'discrepancies.covers as it was when this was stated: no more than that stays closed.';


---- Audit: what people did ----

CREATE TABLE audit_log (
  id uuid NOT NULL PRIMARY KEY,
  at timestamptz(3) NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  target jsonb NOT NULL,
  count integer,
  note text
);
CREATE INDEX audit_log_at_id_idx ON audit_log (at, id);
COMMENT ON TABLE audit_log IS 'What people did, one row each, written in the transaction of the deed. Append-only: a trigger refuses every other statement.';
COMMENT ON COLUMN audit_log.at IS 'When it was done, by our clock.';
COMMENT ON COLUMN audit_log.actor IS 'Name of the API key, or cli:<user of the operating system>.';
COMMENT ON COLUMN audit_log.action IS 'resolve_discrepancy | withdraw_expectation | show_body | replay_quarantine | replay_messages | give_up | erase | rotate_keys';
COMMENT ON COLUMN audit_log.target IS 'What it was done to: ids, or the filter that chose them.';
COMMENT ON COLUMN audit_log.count IS 'How many it was done to; null: it is not counted.';
COMMENT ON COLUMN audit_log.note IS 'What the actor said about it; null: nothing.';


---- Deadlines: when the clock alone has something to say ----

CREATE TABLE deadlines (
  provider text NOT NULL,
  account text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  due_at timestamptz(3) NOT NULL,
  PRIMARY KEY (subject, account, provider, kind)
);
CREATE INDEX deadlines_due_at_idx ON deadlines (due_at);
COMMENT ON TABLE deadlines IS 'When the clock alone may next change an order or a request without a transaction; transactions carry their own time.';
COMMENT ON COLUMN deadlines.kind IS 'order | reference';
COMMENT ON COLUMN deadlines.subject IS 'Order id, or the reference that a maintenance call acted on.';


---- Maintenance: what is done again and again, and what it writes down ----

CREATE TABLE chores (
  name text NOT NULL PRIMARY KEY,
  next_run_at timestamptz(3) NOT NULL,
  last_ok_at timestamptz(3),
  last_error text,
  failures integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE chores IS 'One row for each task of maintenance. The replica that holds its row does one piece of it, in the same transaction.';
COMMENT ON COLUMN chores.next_run_at IS 'Not before. In the past: due at the next look.';
COMMENT ON COLUMN chores.last_ok_at IS 'When a whole run ended; null: none has yet.';
COMMENT ON COLUMN chores.last_error IS 'Why the last turn failed: name and SQLSTATE; null: it did not.';
COMMENT ON COLUMN chores.failures IS 'Turns that failed since the last one that did not; each waits twice as long as the one before.';

CREATE TABLE configured_accounts (
  provider text NOT NULL,
  account text NOT NULL,
  test boolean,
  since timestamptz(3) NOT NULL,
  PRIMARY KEY (account, provider)
);
COMMENT ON TABLE configured_accounts IS 'The accounts file as the last worker that read it had it, so that an account that never sent anything is known here.';
COMMENT ON COLUMN configured_accounts.test IS 'As the accounts file says; null: it does not.';
COMMENT ON COLUMN configured_accounts.since IS 'When it was first met in the accounts file.';

CREATE TABLE reconciliation_snapshots (
  day date NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  test text NOT NULL,
  currency text NOT NULL,
  taken_at timestamptz(3) NOT NULL,
  payments bigint NOT NULL,
  matched bigint NOT NULL,
  discrepant bigint NOT NULL,
  overdue bigint NOT NULL,
  captured_total decimal(38, 0) NOT NULL,
  refunded_total decimal(38, 0) NOT NULL,
  charged_back_total decimal(38, 0) NOT NULL,
  unknown_amounts bigint NOT NULL,
  open_discrepancies bigint NOT NULL,
  amount_at_risk decimal(38, 0) NOT NULL,
  unknown_risks bigint NOT NULL,
  PRIMARY KEY (day, account, provider, test, currency)
);
COMMENT ON TABLE reconciliation_snapshots IS 'Once a day: where all payments to date stood at that moment. Rows of a day are written together and never changed.';
COMMENT ON COLUMN reconciliation_snapshots.day IS 'UTC day of taken_at: the first moments of a day show how the day before ended.';
COMMENT ON COLUMN reconciliation_snapshots.test IS 'As the provider says, else as the accounts file does: true, false, or empty.';
COMMENT ON COLUMN reconciliation_snapshots.currency IS 'ISO 4217; empty: not stated.';
COMMENT ON COLUMN reconciliation_snapshots.captured_total IS 'Minor units over the known amounts. So are the other totals.';
COMMENT ON COLUMN reconciliation_snapshots.unknown_amounts IS 'Payments with a total that no message states: not in the sums.';
COMMENT ON COLUMN reconciliation_snapshots.open_discrepancies IS 'Of payments, orders and calls.';
COMMENT ON COLUMN reconciliation_snapshots.amount_at_risk IS 'Over the open ones whose amount is known, minor units.';
COMMENT ON COLUMN reconciliation_snapshots.unknown_risks IS 'Open ones whose amount is not known: not in the sum.';


---- Installation and identifiers ----

CREATE TABLE installation_keys (
  id integer NOT NULL DEFAULT 1 PRIMARY KEY,
  identifier_key bytea NOT NULL,
  CONSTRAINT installation_is_one CHECK (id = 1),
  CONSTRAINT installation_identifier_key_length CHECK (octet_length(identifier_key) = 32)
);
COMMENT ON TABLE installation_keys IS 'What one installation of the receiver has for itself: exactly one row, made with the database.';
COMMENT ON COLUMN installation_keys.identifier_key IS 'Key of the digests in replaced ids, 32 random bytes. Never rotated: with another key the same id would be another one.';
-- Each of the four holds 122 random bits; no extension is needed.
INSERT INTO installation_keys (identifier_key)
SELECT sha256(convert_to(string_agg(gen_random_uuid()::text, ''), 'UTF8')) FROM generate_series(1, 4);

CREATE TABLE original_identifiers (
  provider text NOT NULL,
  account text NOT NULL,
  shown text NOT NULL,
  original text NOT NULL,
  PRIMARY KEY (account, provider, shown)
);
COMMENT ON TABLE original_identifiers IS 'What replaced ids were, of accounts that state numericIds: shown by the API while they do. No key or look-up depends on it.';
COMMENT ON COLUMN original_identifiers.shown IS 'The id as it is kept everywhere else: masked digits, ~ and a keyed digest.';
COMMENT ON COLUMN original_identifiers.original IS 'The number that the merchant gave: 13 to 19 digits.';

-- Default privileges of a database may open new tables to every role; these two must stay shut.
REVOKE ALL ON installation_keys, original_identifiers FROM PUBLIC;


---- Functions and triggers ----

-- A sum that its reader could not hold exactly is answered as unknown. One absurd amount must not make a view fail for every account.
CREATE FUNCTION exact_sum(total numeric) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN abs(total) <= 9007199254740991 THEN total::bigint END;
COMMENT ON FUNCTION exact_sum(numeric) IS 'The sum in minor units; null: it is beyond 2^53 - 1, and a number of JavaScript would not hold it exactly.';

-- Messages are found by the time of their receipt through their ids: no index of the time itself has to be written.
CREATE FUNCTION first_id_of(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN rpad(lpad(to_hex(greatest(0, floor(extract(epoch FROM at) * 1000))::bigint), 12, '0'), 32, '0')::uuid;
COMMENT ON FUNCTION first_id_of(timestamptz) IS 'Not above any id that was made at that time or later. An id may be a little older than the time that is stored beside it.';

-- Three functions keep daily_totals, one for each way in which transactions come, change and go: most statements bring nothing of the
-- other two. All of them count by the one text below.
-- A connection begins rows of its own every ten seconds. Versions of one row that a long transaction may still read would pile up,
-- and every count would walk past all of them.
DO $do$
DECLARE
  counted CONSTANT text := $sql$
  INSERT INTO daily_totals AS d
    (day, provider, account, reconciliation, currency, test, writer, payments, overdue, captured_total, refunded_total,
     charged_back_total, unknown_amounts)
  SELECT * FROM (
    SELECT (first_seen_at AT TIME ZONE 'UTC')::date, provider, account, reconciliation, coalesce(currency, ''),
           coalesce(test::text, ''),
           (extract(epoch FROM statement_timestamp()) / 10)::bigint * 4294967296 + pg_backend_pid(), sum(sign) AS payments,
           coalesce(sum(sign) FILTER (WHERE overdue), 0) AS overdue,
           coalesce(sum(sign * captured_total), 0) AS captured_total,
           coalesce(sum(sign * refunded_total), 0) AS refunded_total,
           coalesce(sum(sign * charged_back_total), 0) AS charged_back_total,
           coalesce(sum(sign) FILTER (WHERE captured_total IS NULL OR refunded_total IS NULL OR charged_back_total IS NULL), 0)
             AS unknown_amounts
    FROM (%s) signed
    GROUP BY 1, 2, 3, 4, 5, 6
  ) net
  WHERE (payments, overdue, captured_total, refunded_total, charged_back_total, unknown_amounts) <> (0, 0, 0, 0, 0, 0)
  ON CONFLICT (day, account, provider, reconciliation, currency, test, writer) DO UPDATE SET
    payments = d.payments + excluded.payments, overdue = d.overdue + excluded.overdue,
    captured_total = d.captured_total + excluded.captured_total,
    refunded_total = d.refunded_total + excluded.refunded_total,
    charged_back_total = d.charged_back_total + excluded.charged_back_total,
    unknown_amounts = d.unknown_amounts + excluded.unknown_amounts$sql$;
  counting CONSTANT text := $sql$
CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL;
  END IF;%2$s;
  RETURN NULL;
END
$body$;
COMMENT ON FUNCTION %1$I() IS 'Keeps daily_totals.'$sql$;
BEGIN
  EXECUTE format(counting, 'count_new_transactions', format(counted, 'SELECT 1 AS sign, * FROM changed'));
  EXECUTE format(counting, 'count_gone_transactions', format(counted, 'SELECT -1 AS sign, * FROM changed'));
  EXECUTE format(counting, 'count_changed_transactions',
    format(counted, 'SELECT 1 AS sign, * FROM changed UNION ALL SELECT -1, * FROM former'));
END
$do$;

CREATE FUNCTION forget_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- What maintenance adds up just now would be put back.
  LOCK TABLE daily_totals IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM daily_totals;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION forget_totals() IS 'Keeps daily_totals.';

CREATE TRIGGER transactions_came AFTER INSERT ON transactions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_new_transactions();
CREATE TRIGGER transactions_changed AFTER UPDATE ON transactions
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed_transactions();
CREATE TRIGGER transactions_went AFTER DELETE ON transactions
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_gone_transactions();
CREATE TRIGGER transactions_emptied AFTER TRUNCATE ON transactions FOR EACH STATEMENT EXECUTE FUNCTION forget_totals();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION refuse_change() IS 'Keeps audit_log as it was written.';

CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Also in a session that leaves other triggers out.
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_append_only;


---- Schema ops: views for operators. The tables may change, these do not ----

CREATE SCHEMA IF NOT EXISTS ops;
COMMENT ON SCHEMA ops IS 'Stable read-only views for operators; columns are documented in docs/operations.md.';

CREATE VIEW ops.transactions AS
SELECT t.provider, t.account, t.reference, t.order_id, t.status, t.reconciliation, t.overdue, t.test, t.currency,
       t.authorized_total, t.captured_total, t.refunded_total, t.charged_back_total,
       (SELECT count(*) FROM discrepancies d
        WHERE d.reference = t.reference AND d.account = t.account AND d.provider = t.provider AND d.resolved_at IS NULL
       )::int AS open_discrepancies,
       t.first_seen_at, t.updated_at
FROM transactions t;
COMMENT ON VIEW ops.transactions IS 'One row per payment as it stands; money in minor units of currency, null = never stated.';
COMMENT ON COLUMN ops.transactions.reconciliation IS 'The worst of its operations: discrepant, awaiting_notification, awaiting_response, expected, matched, notification_only, response_only.';
COMMENT ON COLUMN ops.transactions.overdue IS 'A witness that was due had not spoken when the row was last computed.';
COMMENT ON COLUMN ops.transactions.test IS 'Test mode as stated by the provider; null: it did not say.';
COMMENT ON COLUMN ops.transactions.authorized_total IS 'Minor units; null: never stated. So are the other totals.';

CREATE VIEW ops.orders AS
SELECT o.provider, o.account, o.order_id, o.transactions, o.currency, o.captured_total, o.refunded_total,
       o.charged_back_total, o.net_total, o.announced_total AS expected_total, o.paid, d.open_discrepancies, d.amount_at_risk,
       o.first_seen_at, o.updated_at::timestamptz AS updated_at, o.paid_reason, o.safe_to_retry, o.reason
FROM orders o
CROSS JOIN LATERAL (
  SELECT count(*)::int AS open_discrepancies, exact_sum(sum(f.amount_at_risk)) AS amount_at_risk
  FROM discrepancies f
  WHERE f.order_id = o.order_id AND f.account = o.account AND f.provider = o.provider AND f.resolved_at IS NULL
) d;
COMMENT ON VIEW ops.orders IS 'One row per merchant order: what was captured, given back and kept, whether it is paid and whether a retry is safe. As of the last save of the row: what the clock changes shows within SWEEP_INTERVAL. GET /v1/orders judges at the moment it is asked; ask it before charging again.';
COMMENT ON COLUMN ops.orders.transactions IS 'How many transactions belong to the order, unlinked later steps included; 0: only announced, called, or named beside the order of a transaction.';
COMMENT ON COLUMN ops.orders.currency IS 'Of the money that moved, else of any of its payments, else as announced; null: several, or none known.';
COMMENT ON COLUMN ops.orders.captured_total IS 'Minor units over the transactions that count (right mode and merchant); null: an amount or the currency is unknown, or the sum is too large to be exact. So are the other totals.';
COMMENT ON COLUMN ops.orders.net_total IS 'What the order holds: captured less refunded, voided and charged back; null: not known, also where more was moved than its payments explain.';
COMMENT ON COLUMN ops.orders.expected_total IS 'The largest announced amount; null: none announced.';
COMMENT ON COLUMN ops.orders.paid IS 'Net is known, above nothing, and not below the announced amount in its currency.';
COMMENT ON COLUMN ops.orders.amount_at_risk IS 'Sum over its open discrepancies as far as known; null: none known, or too large to be exact.';
COMMENT ON COLUMN ops.orders.first_seen_at IS 'When its first payment, announcement or call came.';
COMMENT ON COLUMN ops.orders.updated_at IS 'When the row last changed, its discrepancies aside.';
COMMENT ON COLUMN ops.orders.paid_reason IS 'money_covers, or why it is not paid: nothing_held, less_than_announced, another_currency, amount_unknown.';
COMMENT ON COLUMN ops.orders.safe_to_retry IS 'Nothing forbade to charge the order again when the row was last judged.';
COMMENT ON COLUMN ops.orders.reason IS 'nothing_stands, or what forbids a retry, as in GET /v1/orders.';

CREATE VIEW ops.open_discrepancies AS
SELECT d.id, d.class, d.field, d.provider, d.account, d.reference, d.order_id, d.response, d.notification,
       d.amount_at_risk, d.currency, d.opened_at, d.version, d.former_id
FROM discrepancies d
WHERE d.resolved_at IS NULL;
COMMENT ON VIEW ops.open_discrepancies IS 'Every contradiction or absence that nothing has closed yet.';
COMMENT ON COLUMN ops.open_discrepancies.id IS 'For POST /v1/discrepancies/:id/resolve.';
COMMENT ON COLUMN ops.open_discrepancies.reference IS 'Root reference; null when it belongs to an order or to a call without a reference.';
COMMENT ON COLUMN ops.open_discrepancies.response IS 'What the answers said: codes, amounts or ids.';
COMMENT ON COLUMN ops.open_discrepancies.notification IS 'What the notifications said.';
COMMENT ON COLUMN ops.open_discrepancies.amount_at_risk IS 'Minor units; null: unknown.';
COMMENT ON COLUMN ops.open_discrepancies.version IS 'For POST /v1/discrepancies/:id/resolve: counts the changes of its figures.';
COMMENT ON COLUMN ops.open_discrepancies.former_id IS 'It had been closed by an operator under this id, and more was shown since; null: it had not.';

-- The steps are taken apart in the list of columns and not in a join, which would first gather those of each payment in a table of
-- their own: a fifth less time for thousands of payments.
CREATE VIEW ops.awaiting AS
SELECT provider, account, reference, order_id, step ->> 'operation' AS operation,
       step ->> 'reference' AS operation_reference, step ->> 'operationId' AS operation_id,
       step ->> 'reconciliation' AS reconciliation, (step ->> 'amount')::bigint AS amount, currency,
       overdue, next_deadline_at, first_seen_at
FROM (
  SELECT t.provider, t.account, t.reference, t.order_id, t.currency, t.overdue, t.next_deadline_at, t.first_seen_at,
         jsonb_array_elements(t.operations) AS step
  FROM transactions t
  WHERE t.reconciliation IN ('discrepant', 'awaiting_notification', 'awaiting_response', 'expected')
) unsettled
WHERE step ->> 'reconciliation' IN ('awaiting_notification', 'awaiting_response', 'expected');
COMMENT ON VIEW ops.awaiting IS 'One row per operation of which one side has not spoken yet, or not its last word. Calls without a transaction are not here: once late they are discrepancies.';
COMMENT ON COLUMN ops.awaiting.reconciliation IS 'What is missing: awaiting_notification, awaiting_response, or expected (announced, and nothing more).';
COMMENT ON COLUMN ops.awaiting.operation_reference IS 'The provider''s own reference of the step.';
COMMENT ON COLUMN ops.awaiting.operation_id IS 'The merchant''s own id of the step.';
COMMENT ON COLUMN ops.awaiting.amount IS 'Minor units; null: not stated.';
COMMENT ON COLUMN ops.awaiting.overdue IS 'Of the transaction: something awaited is past its deadline.';
COMMENT ON COLUMN ops.awaiting.next_deadline_at IS 'Of the transaction: when the clock alone may next change it.';

CREATE VIEW ops.inbox_failures AS
SELECT 'parked' AS state, m.provider, m.account, m.witness, m.id AS inbox_id, o.code, o.detail,
       NULL::int AS attempts, m.received_at, o.processed_at AS failed_at, NULL::timestamptz AS next_try_at
FROM inbox_outcomes o
JOIN inbox_messages m ON m.id = o.inbox_id
WHERE o.state = 'parked'
UNION ALL
SELECT CASE WHEN q.attempts > 0 THEN 'retrying' ELSE 'put_off' END, m.provider, m.account, m.witness, m.id, NULL, NULL, q.attempts,
       m.received_at, NULL, q.due_at
FROM inbox_queue q
JOIN inbox_messages m ON m.id = q.inbox_id
WHERE q.attempts > 0 OR q.put_off > 0
UNION ALL
SELECT 'quarantined', q.provider, q.account, 'notification', q.id, q.reason, NULL, q.deliveries, q.first_seen_at, q.last_seen_at, NULL
FROM quarantined_messages q;
COMMENT ON VIEW ops.inbox_failures IS 'Messages that did not become events: parked, waiting for another try, or never verified.';
COMMENT ON COLUMN ops.inbox_failures.state IS 'parked: kept for a later build or an operator; retrying: failed, and tried again; put_off: waits for a lock, or for its account to be configured; quarantined: not signed by a known secret.';
COMMENT ON COLUMN ops.inbox_failures.code IS 'A code of docs/failure-modes.md, or why the signature was not accepted.';
COMMENT ON COLUMN ops.inbox_failures.attempts IS 'Failed tries of what is retried, deliveries of what is quarantined.';
COMMENT ON COLUMN ops.inbox_failures.failed_at IS 'When it was parked, or last delivered unverified.';

-- The index is walked account by account: the same number of steps whether they sent ten messages or ten million.
CREATE VIEW ops.silent_accounts AS
WITH RECURSIVE heard(account, provider) AS (
  (SELECT account, provider FROM inbox_messages ORDER BY account, provider LIMIT 1)
  UNION ALL
  SELECT following.account, following.provider
  FROM heard
  CROSS JOIN LATERAL (
    SELECT m.account, m.provider FROM inbox_messages m
    WHERE (m.account, m.provider) > (heard.account, heard.provider)
    ORDER BY m.account, m.provider LIMIT 1
  ) following
), known AS (
  SELECT account, provider FROM heard UNION SELECT account, provider FROM configured_accounts
)
SELECT known.provider, known.account, latest.received_at AS last_notification_at,
       extract(epoch FROM now() - latest.received_at)::bigint AS silent_seconds, configured.since AS configured_since
FROM known
LEFT JOIN configured_accounts configured ON configured.account = known.account AND configured.provider = known.provider
LEFT JOIN LATERAL (
  SELECT m.received_at FROM inbox_messages m
  WHERE m.account = known.account AND m.provider = known.provider AND m.witness = 'notification'
  ORDER BY m.id DESC LIMIT 1
) latest ON true;
COMMENT ON VIEW ops.silent_accounts IS 'How long each account has been silent: those of the accounts file, heard or not, and those that have ever sent a message.';
COMMENT ON COLUMN ops.silent_accounts.last_notification_at IS 'When its last verified notification was received; null: never notified.';
COMMENT ON COLUMN ops.silent_accounts.silent_seconds IS 'Seconds since then; null: never notified.';
COMMENT ON COLUMN ops.silent_accounts.configured_since IS 'When a worker first met it in the accounts file; null: it is not there any more.';

-- Few discrepancies are open at any time: they are counted when the view is read, the payments by daily_totals before.
CREATE VIEW ops.daily_reconciliation AS
SELECT day, provider, account, nullif(test, '')::boolean AS test, nullif(currency, '') AS currency, reconciliation,
       sum(payments)::int AS transactions, sum(overdue)::int AS overdue, exact_sum(sum(captured_total)) AS captured_total,
       exact_sum(sum(refunded_total)) AS refunded_total, exact_sum(sum(charged_back_total)) AS charged_back_total,
       sum(unknown_amounts)::int AS unknown_amounts, sum(open_discrepancies)::int AS open_discrepancies,
       exact_sum(sum(amount_at_risk)) AS amount_at_risk
FROM (
  SELECT day, provider, account, test, currency, reconciliation, payments, overdue, captured_total, refunded_total,
         charged_back_total, unknown_amounts, 0 AS open_discrepancies, 0 AS amount_at_risk
  FROM daily_totals
  UNION ALL
  SELECT (t.first_seen_at AT TIME ZONE 'UTC')::date, t.provider, t.account, coalesce(t.test::text, ''),
         coalesce(t.currency, ''), t.reconciliation, 0, 0, 0, 0, 0, 0, 1, coalesce(d.amount_at_risk, 0)
  FROM discrepancies d
  JOIN transactions t ON t.reference = d.reference AND t.account = d.account AND t.provider = d.provider
  WHERE d.resolved_at IS NULL
) counted
GROUP BY day, provider, account, test, currency, reconciliation
HAVING sum(payments) > 0;
COMMENT ON VIEW ops.daily_reconciliation IS 'What became of the transactions first seen on a day (UTC), as they stand now.';
COMMENT ON COLUMN ops.daily_reconciliation.day IS 'UTC day of first_seen_at.';
COMMENT ON COLUMN ops.daily_reconciliation.transactions IS 'How many; the sums beside it are minor units of currency over the known amounts, null where they are too large to be exact.';
COMMENT ON COLUMN ops.daily_reconciliation.unknown_amounts IS 'Transactions with a total that no message states: not in the sums.';
COMMENT ON COLUMN ops.daily_reconciliation.open_discrepancies IS 'Of these transactions; those of orders and of calls without a transaction are in ops.open_discrepancies only.';
COMMENT ON COLUMN ops.daily_reconciliation.amount_at_risk IS 'Over the open ones whose amount is known, minor units.';

CREATE VIEW ops.audit AS
SELECT id, at, actor, action, target::text AS target, count, note FROM audit_log;
COMMENT ON VIEW ops.audit IS 'What people did: by API key or on the command line.';
COMMENT ON COLUMN ops.audit.actor IS 'Name of the API key, or cli:<user of the operating system>.';
COMMENT ON COLUMN ops.audit.target IS 'What it was done to, as JSON: ids, or the filter that chose them.';
COMMENT ON COLUMN ops.audit.count IS 'How many it was done to; null: it is not counted.';

-- The class and the currency are read for each row alone: a join would be planned by statistics that a small table does not have.
CREATE VIEW ops.resolutions AS
SELECT r.discrepancy_id, r.provider, r.account, r.reference, r.order_id,
       (SELECT d.class FROM discrepancies d WHERE d.id = r.discrepancy_id) AS class,
       (r.covers ->> 'amountAtRisk')::bigint AS covered_amount,
       (SELECT d.currency FROM discrepancies d WHERE d.id = r.discrepancy_id) AS currency,
       r.outcome, r.note, r.author, r.stated_at
FROM resolutions r;
COMMENT ON VIEW ops.resolutions IS 'What operators stated about discrepancies, each statement for good.';
COMMENT ON COLUMN ops.resolutions.covered_amount IS 'Amount at risk as the operator saw it, minor units; null: unknown.';
COMMENT ON COLUMN ops.resolutions.outcome IS 'not_processed | separate_payments; null: a note alone.';
COMMENT ON COLUMN ops.resolutions.author IS 'Name of the API key that stated it.';

CREATE VIEW ops.deadlines AS
SELECT provider, account, 'transaction' AS kind, reference AS subject, next_deadline_at AS due_at
FROM transactions
WHERE next_deadline_at IS NOT NULL
UNION ALL
SELECT provider, account, kind, subject, due_at FROM deadlines;
COMMENT ON VIEW ops.deadlines IS 'When the clock alone may next change a payment, an order or a call without a transaction.';
COMMENT ON COLUMN ops.deadlines.kind IS 'transaction | order | reference';
COMMENT ON COLUMN ops.deadlines.subject IS 'Root reference, order id, or the reference that a call acted on.';

CREATE VIEW ops.events AS
SELECT e.provider, e.account, e.reference, e.parent_reference, e.order_id, e.witness, e.type, e.fact ->> 'operation' AS operation,
       e.fact ->> 'providerCode' AS code, (e.fact ->> 'amount')::bigint AS amount, e.fact ->> 'currency' AS currency,
       e.occurred_at, e.received_at, e.inbox_id
FROM transaction_events e;
COMMENT ON VIEW ops.events IS 'One row per fact that a message states about a payment.';
COMMENT ON COLUMN ops.events.reference IS 'As the message names it, which may be that of a later step; null: an answer that names no transaction.';
COMMENT ON COLUMN ops.events.parent_reference IS 'The payment that the message names beside its own reference.';
COMMENT ON COLUMN ops.events.code IS 'The provider''s own code.';
COMMENT ON COLUMN ops.events.amount IS 'Minor units; null: not stated.';
COMMENT ON COLUMN ops.events.occurred_at IS 'By the provider''s clock; null where it sends none.';

CREATE VIEW ops.superseded_events AS
SELECT e.provider, e.account, e.reference, e.parent_reference, e.order_id, e.witness, e.type, e.fact ->> 'operation' AS operation,
       e.fact ->> 'providerCode' AS code, (e.fact ->> 'amount')::bigint AS amount, e.fact ->> 'currency' AS currency,
       e.occurred_at, e.received_at, e.inbox_id, e.superseded_at
FROM superseded_events e;
COMMENT ON VIEW ops.superseded_events IS 'What messages were taken to state before they were replayed; the other columns are those of ops.events.';
COMMENT ON COLUMN ops.superseded_events.inbox_id IS 'The message, which states something else by now.';
COMMENT ON COLUMN ops.superseded_events.superseded_at IS 'When the message was translated again.';

CREATE VIEW ops.replays AS
SELECT id, actor, filter::text AS filter, messages, replayed, staying::text AS staying, begun_at, ended_at
FROM replays;
COMMENT ON VIEW ops.replays IS 'Which messages operators had translated again, and how far that has come.';
COMMENT ON COLUMN ops.replays.filter IS 'Which messages, as JSON.';
COMMENT ON COLUMN ops.replays.messages IS 'How many messages the plan chose.';
COMMENT ON COLUMN ops.replays.replayed IS 'How many of them were translated again.';
COMMENT ON COLUMN ops.replays.staying IS 'How many of them count as before, by the reason, as JSON.';
COMMENT ON COLUMN ops.replays.ended_at IS 'Null: it goes on.';

CREATE VIEW ops.messages AS
SELECT m.id AS inbox_id, m.provider, m.account, m.witness, m.secret_id, m.data_key, m.content IS NOT NULL AS has_body, m.received_at
FROM inbox_messages m;
COMMENT ON VIEW ops.messages IS 'One row per verified message, without its body.';
COMMENT ON COLUMN ops.messages.secret_id IS 'Which configured secret verified it; null for responses.';
COMMENT ON COLUMN ops.messages.data_key IS 'Which of DATA_KEYS sealed its body, as id:check value; null: the body is in clear, or deleted.';
COMMENT ON COLUMN ops.messages.has_body IS 'False: retention has deleted the body.';

CREATE VIEW ops.deliveries AS
SELECT r.inbox_id, r.deliveries, r.last_delivered_at
FROM receipts r;
COMMENT ON VIEW ops.deliveries IS 'How often each verified message was delivered.';
COMMENT ON COLUMN ops.deliveries.inbox_id IS 'The message in ops.messages and ops.events.';
COMMENT ON COLUMN ops.deliveries.deliveries IS '1: it was delivered once.';

CREATE VIEW ops.quarantine AS
SELECT q.id, q.provider, q.account, q.reason, q.method, q.source, q.deliveries, q.first_seen_at, q.last_seen_at
FROM quarantined_messages q;
COMMENT ON VIEW ops.quarantine IS 'Messages that look like the provider''s and carry no valid signature, without their bodies.';
COMMENT ON COLUMN ops.quarantine.reason IS 'Why it was not accepted: signature_mismatch, secret_expired …';
COMMENT ON COLUMN ops.quarantine.source IS 'Address of the sender as the service saw it.';

CREATE VIEW ops.reconciliation_snapshots AS
SELECT s.day, s.taken_at, s.provider, s.account, nullif(s.test, '')::boolean AS test, nullif(s.currency, '') AS currency,
       s.payments, s.matched, s.discrepant, s.overdue, exact_sum(s.captured_total) AS captured_total,
       exact_sum(s.refunded_total) AS refunded_total, exact_sum(s.charged_back_total) AS charged_back_total, s.unknown_amounts,
       s.open_discrepancies, exact_sum(s.amount_at_risk) AS amount_at_risk, s.unknown_risks
FROM reconciliation_snapshots s;
COMMENT ON VIEW ops.reconciliation_snapshots IS 'Once a day: where all payments to date stood at that moment. Two days compared tell what changed between them.';
COMMENT ON COLUMN ops.reconciliation_snapshots.day IS 'UTC day of taken_at: the first moments of a day show how the day before ended.';
COMMENT ON COLUMN ops.reconciliation_snapshots.test IS 'As the provider says, else as the accounts file does; null: neither says.';
COMMENT ON COLUMN ops.reconciliation_snapshots.payments IS 'All to date; the sums beside it are minor units of currency over the known amounts, null where they are too large to be exact.';
COMMENT ON COLUMN ops.reconciliation_snapshots.unknown_amounts IS 'Payments with a total that no message states: not in the sums.';
COMMENT ON COLUMN ops.reconciliation_snapshots.open_discrepancies IS 'Of payments, orders and calls.';
COMMENT ON COLUMN ops.reconciliation_snapshots.amount_at_risk IS 'Over the open ones whose amount is known, minor units.';
COMMENT ON COLUMN ops.reconciliation_snapshots.unknown_risks IS 'Open ones whose amount is not known: not in the sum.';

CREATE VIEW ops.chores AS
SELECT c.name, c.next_run_at, c.last_ok_at, c.last_error, c.failures
FROM chores c;
COMMENT ON VIEW ops.chores IS 'The tasks of maintenance: when each ran, and why it did not.';
COMMENT ON COLUMN ops.chores.next_run_at IS 'Not before. In the past: due at the next look.';
COMMENT ON COLUMN ops.chores.last_ok_at IS 'When a whole run ended; null: none has yet.';
COMMENT ON COLUMN ops.chores.last_error IS 'Why the last turn failed; null: it did not.';
COMMENT ON COLUMN ops.chores.failures IS 'Turns that failed since the last one that did not.';

-- All databases of a server share the role, so it may exist already. A managed database may not let the migrating role create it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ops_reader') THEN
    CREATE ROLE ops_reader NOLOGIN;
  END IF;
  GRANT USAGE ON SCHEMA ops TO ops_reader;
  GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ops_reader;
  -- Views of later migrations are granted by this.
  ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT ON TABLES TO ops_reader;
EXCEPTION
  WHEN insufficient_privilege OR duplicate_object OR unique_violation OR undefined_object THEN
    RAISE NOTICE 'role ops_reader was left as it is: the migrating role may not create or grant it';
END
$$;
