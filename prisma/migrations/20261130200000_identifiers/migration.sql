-- Two ids never become one: what may be a card number is replaced by its masked digits and a keyed digest of all of it. The key is
-- made here, once: with another one, every replaced id would become another.

-- CreateTable
CREATE TABLE "installation_keys" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "identifier_key" BYTEA NOT NULL,

    CONSTRAINT "installation_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "original_identifiers" (
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "shown" TEXT NOT NULL,
    "original" TEXT NOT NULL,

    CONSTRAINT "original_identifiers_pkey" PRIMARY KEY ("account","provider","shown")
);

ALTER TABLE installation_keys ADD CONSTRAINT installation_is_one CHECK (id = 1),
  ADD CONSTRAINT installation_identifier_key_length CHECK (octet_length(identifier_key) = 32);

-- Each of the four holds 122 random bits; no extension is needed.
INSERT INTO installation_keys (identifier_key)
SELECT sha256(convert_to(string_agg(gen_random_uuid()::text, ''), 'UTF8')) FROM generate_series(1, 4);

REVOKE ALL ON installation_keys, original_identifiers FROM PUBLIC;

COMMENT ON TABLE installation_keys IS 'What one installation of the receiver has for itself: exactly one row, made with the database.';
COMMENT ON COLUMN installation_keys.identifier_key IS 'Key of the digests in replaced ids, 32 random bytes. Never rotated: with another key the same id would be another one.';
COMMENT ON TABLE original_identifiers IS 'What replaced ids were, of accounts that state numericIds: shown by the API while they do. No key or look-up depends on it.';
COMMENT ON COLUMN original_identifiers.shown IS 'The id as it is kept everywhere else: masked digits, ~ and a keyed digest.';
COMMENT ON COLUMN original_identifiers.original IS 'The number that the merchant gave: 13 to 19 digits.';
