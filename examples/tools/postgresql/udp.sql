-- A datagram for each new row, as JSON. MODULE is the path of udp.so without its ending.
CREATE FUNCTION udp_send(host text, port int, message text) RETURNS int AS 'MODULE' LANGUAGE C STRICT;
CREATE TABLE orders (id int, item text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM udp_send('127.0.0.1', 9000, row_to_json(NEW)::text); RETURN NEW; END $$;
CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tell();
INSERT INTO orders VALUES (1, '茶');
-- A session that used the function keeps its socket and the library until it ends.
DROP FUNCTION tell CASCADE;
DROP FUNCTION udp_send;
