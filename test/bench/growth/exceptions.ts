/**
 * What is out of the ordinary, in shares of a well-kept shop: one payment in five thousand contradicts itself, as many
 * wait for a notification, one in three hundred had a discrepancy that is closed, one order in a hundred was announced.
 */
export const EXCEPTIONS = [
  `CREATE TEMPORARY TABLE picked AS
   SELECT provider, account, reference, order_id, currency, captured_total, first_seen_at,
          row_number() OVER (ORDER BY first_seen_at) AS number
   FROM transactions`,
  `INSERT INTO discrepancies
     (id, key, provider, account, reference, order_id, class, field, response, notification, amount_at_risk, currency,
      opened_at, resolved_at, resolution)
   SELECT gen_random_uuid(), 'amount_mismatch:' || reference, provider, account, reference, order_id, 'amount_mismatch', 'amount',
          '{1000}', '{1100}', 100, currency, first_seen_at + interval '15 minutes',
          CASE WHEN number % 5000 = 0 THEN NULL ELSE first_seen_at + interval '1 day' END,
          CASE WHEN number % 5000 = 0 THEN NULL ELSE 'evidence' END
   FROM picked WHERE number % 5000 = 0 OR number % 300 = 1`,
  `UPDATE transactions t SET reconciliation = 'discrepant' FROM picked p
   WHERE p.number % 5000 = 0 AND t.reference = p.reference AND t.account = p.account AND t.provider = p.provider`,
  `UPDATE transactions t SET reconciliation = 'awaiting_notification', overdue = true,
     operations = replace(t.operations::text, '"notification_only"', '"awaiting_notification"')::jsonb
   FROM picked p
   WHERE p.number % 5000 = 1 AND t.reference = p.reference AND t.account = p.account AND t.provider = p.provider`,
  `INSERT INTO expectations (id, key, provider, account, order_id, channel, operation, amount, currency, created_at)
   SELECT gen_random_uuid(), sha256(convert_to(reference, 'UTF8')), provider, account, order_id, 'direct', 'sale',
          captured_total, currency, first_seen_at - interval '1 minute'
   FROM picked WHERE number % 100 = 2`,
  `INSERT INTO quarantined_messages
     (id, provider, account, digest, reason, method, content, scrubbed, source, first_seen_at, last_seen_at)
   SELECT gen_random_uuid(), 'hipay', 'shop-fr', sha256(convert_to(i::text, 'UTF8')), 'signature_mismatch', 'POST',
          convert_to(repeat('x=1&', 400), 'UTF8'), '{}', '192.0.2.' || i % 10, now() - i * interval '1 hour',
          now() - i * interval '1 hour'
   FROM generate_series(1, 1000) AS i`,
  `UPDATE inbox_outcomes SET state = 'parked', code = 'unreadable_message', detail = 'no status'
   WHERE inbox_id IN (SELECT inbox_id FROM inbox_outcomes ORDER BY processed_at DESC LIMIT 100)`,
  'DROP TABLE picked',
].join(';\n')
