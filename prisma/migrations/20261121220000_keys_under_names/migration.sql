-- Keys of facts and of notifications begin with the payment they are about (docs/decisions/0010-keys-under-names.md): twelve bytes of
-- its name, padded with zeros, then the first twenty of the digest that was the key.
UPDATE transaction_events
SET event_key = substring(convert_to(coalesce(reference, inbox_id::text), 'UTF8') || decode(repeat('00', 12), 'hex') FOR 12)
  || substring(event_key FOR 20);

-- A notification that came to no event, or to several, keeps its old key: delivered once more, it is stored once more, and its facts
-- are recognized by theirs.
UPDATE receipts r
SET key = substring(convert_to(e.reference, 'UTF8') || decode(repeat('00', 12), 'hex') FOR 12) || substring(r.key FOR 20)
FROM (
  SELECT inbox_id, min(reference) AS reference
  FROM transaction_events
  WHERE witness = 'notification' AND superseded_at IS NULL
  GROUP BY inbox_id
  HAVING count(*) = 1 AND min(reference) IS NOT NULL
) e
WHERE r.inbox_id = e.inbox_id;

COMMENT ON COLUMN receipts.key IS 'What makes two deliveries one message. Of a notification: 12 bytes of the payment''s name, 20 of the SHA-256 of account, witness and canonical content; of an answer: the whole SHA-256.';
COMMENT ON COLUMN transaction_events.event_key IS 'Equal key, equal fact: 12 bytes of the reference (of a request, of its message''s id), 20 of the SHA-256 over all normalized fields but ids, receipt time and the provider''s prose.';
