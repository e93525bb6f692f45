/**
 * What is out of the ordinary, in shares of a well-kept shop: one payment in five thousand contradicts itself, as many
 * wait for a notification or were charged back, one in three hundred had a discrepancy that is closed, some by an operator;
 * one order in a hundred was announced, one payment in a hundred absorbed a later step, a few wait for the clock. In a small
 * database they are made so much more often, to be as many as in a large one.
 */
export const exceptions = ({ often = 1 } = {}): string => {
  /** Their number divided by that leaves the given remainder, which is below ten. */
  const every = (payments: number): number => Math.max(10, Math.round(payments / often))
  return [
    `CREATE TEMPORARY TABLE picked AS
   SELECT provider, account, reference, order_id, currency, captured_total, first_seen_at,
          row_number() OVER (ORDER BY first_seen_at) AS number
   FROM transactions`,
    `INSERT INTO discrepancies
     (id, key, provider, account, reference, order_id, class, field, response, notification, amount_at_risk, currency,
      opened_at, resolved_at, resolution)
   SELECT gen_random_uuid(), 'amount_mismatch:' || reference, provider, account, reference, order_id, 'amount_mismatch', 'amount',
          '{1000}', '{1100}', 100, currency, least(first_seen_at + interval '15 minutes', now()),
          CASE WHEN number % ${every(5000)} = 0 THEN NULL ELSE first_seen_at + interval '1 day' END,
          CASE WHEN number % ${every(5000)} = 0 THEN NULL ELSE 'evidence' END
   FROM picked WHERE number % ${every(5000)} = 0 OR number % ${every(300)} = 1`,
    `UPDATE transactions t SET reconciliation = 'discrepant' FROM picked p
   WHERE p.number % ${every(5000)} = 0 AND t.reference = p.reference AND t.account = p.account AND t.provider = p.provider`,
    `UPDATE transactions t SET reconciliation = 'awaiting_notification', overdue = true,
     operations = replace(t.operations::text, '"notification_only"', '"awaiting_notification"')::jsonb
   FROM picked p
   WHERE p.number % ${every(5000)} = 1 AND t.reference = p.reference AND t.account = p.account AND t.provider = p.provider`,
    `UPDATE transactions t SET status = 'charged_back', charged_back_total = t.captured_total FROM picked p
   WHERE p.number % ${every(5000)} = 2 AND t.reference = p.reference AND t.account = p.account AND t.provider = p.provider`,
    `UPDATE transactions t SET reconciliation = 'awaiting_response', next_deadline_at = now() + interval '1 day' FROM picked p
   WHERE p.number % ${every(2000)} = 3 AND t.reference = p.reference AND t.account = p.account AND t.provider = p.provider`,
    `INSERT INTO deadlines (provider, account, kind, subject, due_at)
   SELECT provider, account, 'order', order_id, now() + interval '1 day' FROM picked WHERE number % ${every(2000)} = 4`,
    `INSERT INTO resolutions (id, key, discrepancy_id, provider, account, reference, order_id, note, author, stated_at)
   SELECT gen_random_uuid(), key, id, provider, account, reference, order_id, 'their back office', 'operator', resolved_at
   FROM discrepancies WHERE resolved_at IS NOT NULL AND hashtext(reference) % 10 = 0`,
    `UPDATE transactions t SET absorbed = ARRAY['L' || p.reference] FROM picked p
   WHERE p.number % ${every(100)} = 5 AND t.reference = p.reference AND t.account = p.account AND t.provider = p.provider`,
    `INSERT INTO transaction_events
     (id, inbox_id, event_key, provider, account, reference, parent_reference, order_id, witness, type, fact, received_at)
   SELECT gen_random_uuid(), e.inbox_id, sha256(e.event_key), e.provider, e.account, 'L' || e.reference, e.reference, e.order_id,
          e.witness, e.type, e.fact, e.received_at
   FROM transaction_events e JOIN picked p USING (provider, account, reference) WHERE p.number % ${every(100)} = 5`,
    `INSERT INTO transaction_events
     (id, inbox_id, event_key, provider, account, parent_reference, order_id, witness, type, fact, received_at)
   SELECT gen_random_uuid(), e.inbox_id, sha256(e.event_key || 'called'), e.provider, e.account, e.reference, e.order_id,
          'response', e.type, e.fact, e.received_at
   FROM transaction_events e JOIN picked p USING (provider, account, reference) WHERE p.number % ${every(1000)} = 6`,
    `INSERT INTO expectations (id, key, provider, account, order_id, channel, operation, amount, currency, created_at)
   SELECT gen_random_uuid(), sha256(convert_to(reference, 'UTF8')), provider, account, order_id, 'direct', 'sale',
          captured_total, currency, first_seen_at - interval '1 minute'
   FROM picked WHERE number % ${every(100)} = 2`,
    `INSERT INTO expectations
     (id, key, provider, account, order_id, channel, operation, parent_reference, amount, currency, created_at)
   SELECT gen_random_uuid(), sha256(convert_to(reference || ', refund', 'UTF8')), provider, account, order_id, 'direct', 'refund',
          reference, captured_total, currency, first_seen_at + interval '1 day'
   FROM picked WHERE number % ${every(300)} = 7`,
    `INSERT INTO quarantined_messages
     (id, provider, account, digest, reason, method, content, scrubbed, source, first_seen_at, last_seen_at)
   SELECT gen_random_uuid(), 'hipay', 'shop-fr', sha256(convert_to(i::text, 'UTF8')), 'signature_mismatch', 'POST',
          convert_to(repeat('x=1&', 400), 'UTF8'), '{}', '192.0.2.' || i % 10, now() - i * interval '1 hour',
          now() - i * interval '1 hour'
   FROM generate_series(1, 1000) AS i`,
    `UPDATE inbox_outcomes SET state = 'parked', code = 'unreadable_message', detail = 'no status'
   WHERE inbox_id IN (SELECT inbox_id FROM inbox_outcomes ORDER BY processed_at DESC LIMIT 100)`,
    `INSERT INTO event_repetitions (inbox_id, event_key)
   SELECT o.inbox_id, e.event_key FROM picked p JOIN transaction_events e USING (provider, account, reference)
   CROSS JOIN LATERAL (SELECT inbox_id FROM inbox_outcomes o WHERE o.inbox_id > e.inbox_id ORDER BY inbox_id LIMIT 1) o
   WHERE p.number % ${every(100)} = 8 ON CONFLICT DO NOTHING`,
    `INSERT INTO superseded_events
   SELECT gen_random_uuid(), e.inbox_id, sha256(e.event_key || 'former'), e.provider, e.account, e.reference, e.parent_reference,
          e.order_id, e.witness, 'unrecognized', e.fact, e.occurred_at, e.received_at, now()
   FROM transaction_events e JOIN picked p USING (provider, account, reference) WHERE p.number % ${every(100)} = 9`,
    'DROP TABLE picked',
  ].join(';\n')
}
