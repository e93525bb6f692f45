-- Keys of facts and of notifications begin with the payment they are about (docs/decisions/0010-keys-under-names.md): twelve bytes of
-- its name, padded with zeros, then the first twenty of the digest that was the key.

-- One row after the other would be locked otherwise, in an order that receipts do not share. Who has to wait answers 503.
LOCK TABLE receipts, transaction_events IN SHARE ROW EXCLUSIVE MODE;

UPDATE transaction_events
SET event_key = substring(convert_to(coalesce(reference, inbox_id::text), 'UTF8') || decode(repeat('00', 12), 'hex') FOR 12)
  || substring(event_key FOR 20);

-- Rows must stay in the order of their messages, of which receipts_inbox_id_idx is a summary: only a merge join keeps it.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_nestloop = off;
-- A notification that came to no event yet, or to several, keeps its old key: delivered once more, it is stored once more.
UPDATE receipts r
SET key = substring(convert_to(e.reference, 'UTF8') || decode(repeat('00', 12), 'hex') FOR 12) || substring(r.key FOR 20)
FROM (
  SELECT inbox_id, coalesce(min(reference), '') AS reference
  FROM transaction_events
  WHERE witness = 'notification' AND superseded_at IS NULL
  GROUP BY inbox_id
  HAVING count(*) = 1
) e
WHERE r.inbox_id = e.inbox_id;

COMMENT ON COLUMN receipts.key IS 'What makes two deliveries one message. Of a notification: 12 bytes of the payment''s name, 20 of the SHA-256 of account, witness and canonical content; of an answer: the whole SHA-256.';
COMMENT ON COLUMN transaction_events.event_key IS 'Equal key, equal fact: 12 bytes of the reference (of a request, of its message''s id), 20 of the SHA-256 over all normalized fields but ids, receipt time and the provider''s prose.';
