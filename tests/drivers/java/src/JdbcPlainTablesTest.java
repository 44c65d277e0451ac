// pgjdbc: every setter into a column of every type, on two servers: JdbcPlainTablesTest OURS THEIRS; prints TAP lines.

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

final class JdbcPlainTablesTest extends Tap {
    interface Setter { void set(PreparedStatement statement) throws SQLException; }

    private static final String[] COLUMNS = {
        "si smallint", "i integer", "b bigint", "n numeric(12,4)", "r real", "f double precision", "s varchar", "t text", "bo boolean", "d date",
        "ti time", "ts timestamp", "tz timestamptz", "u uuid", "ba bytea"};
    private static final Map<String, Setter> SETTERS = new LinkedHashMap<>();

    static {
        SETTERS.put("setShort", statement -> statement.setShort(1, (short) 1));
        SETTERS.put("setInt", statement -> statement.setInt(1, 70000));
        SETTERS.put("setLong", statement -> statement.setLong(1, 7));
        SETTERS.put("setLong, big", statement -> statement.setLong(1, 12345678901L));
        SETTERS.put("setBigDecimal", statement -> statement.setBigDecimal(1, new BigDecimal("2.50")));
        SETTERS.put("setFloat", statement -> statement.setFloat(1, 1.5f));
        SETTERS.put("setDouble", statement -> statement.setDouble(1, 2.5));
        SETTERS.put("setBoolean", statement -> statement.setBoolean(1, true));
        SETTERS.put("setString", statement -> statement.setString(1, "12"));
        SETTERS.put("setBytes", statement -> statement.setBytes(1, new byte[] {0, -1}));
        SETTERS.put("setDate", statement -> statement.setDate(1, Date.valueOf("2024-02-29")));
        SETTERS.put("setTimestamp", statement -> statement.setTimestamp(1, Timestamp.valueOf("2024-02-29 23:01:02.003")));
        SETTERS.put("setObject Integer", statement -> statement.setObject(1, 5));
        SETTERS.put("setObject Long", statement -> statement.setObject(1, 5L));
        SETTERS.put("setObject BigDecimal", statement -> statement.setObject(1, new BigDecimal("-3.5")));
        SETTERS.put("setObject String", statement -> statement.setObject(1, "x"));
        SETTERS.put("setObject UUID", statement -> statement.setObject(1, new UUID(0, 5)));
        SETTERS.put("setObject LocalDate", statement -> statement.setObject(1, LocalDate.of(2024, 2, 29)));
        SETTERS.put("setObject LocalDateTime", statement -> statement.setObject(1, LocalDateTime.of(2024, 2, 29, 23, 1)));
        SETTERS.put("setObject OffsetDateTime", statement -> statement.setObject(1, OffsetDateTime.parse("2024-07-01T23:30:00Z")));
        SETTERS.put("setObject as NUMERIC", statement -> statement.setObject(1, 5, Types.NUMERIC));
        SETTERS.put("setObject as VARCHAR", statement -> statement.setObject(1, 5, Types.VARCHAR));
        SETTERS.put("setObject as OTHER", statement -> statement.setObject(1, "5", Types.OTHER));
        for (int type : new int[] {Types.NULL, Types.INTEGER, Types.BIGINT, Types.SMALLINT, Types.NUMERIC, Types.VARCHAR, Types.DOUBLE, Types.DATE,
                                   Types.TIMESTAMP, Types.BOOLEAN, Types.BINARY, Types.OTHER}) {
            SETTERS.put("setNull " + type, statement -> statement.setNull(1, type));
        }
    }

    private static void make(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set timezone = 'UTC'");
            statement.execute("create temp table plain_types (k integer, " + String.join(", ", COLUMNS) + ")");
        }
    }

    // What is in the column after each statement, or the SQLSTATE.
    private static List<String> answers(Connection connection, Setter setter) throws SQLException {
        List<String> found = new ArrayList<>();
        for (String definition : COLUMNS) {
            String column = definition.substring(0, definition.indexOf(' '));
            for (String text : new String[] {"insert into plain_types (%s) values (?)", "insert into plain_types (%s) select ?", "update plain_types set %s = ?"}) {
                String sql = String.format(text, column);
                try (Statement plain = connection.createStatement(); PreparedStatement statement = connection.prepareStatement(sql)) {
                    plain.execute("delete from plain_types");
                    if (text.startsWith("update")) {
                        plain.execute("insert into plain_types (k) values (0)");
                    }
                    setter.set(statement);
                    statement.executeUpdate();
                    try (ResultSet results = plain.executeQuery("select " + column + " from plain_types")) {
                        results.next();
                        found.add(sql + ": " + results.getString(1));
                    }
                } catch (SQLException error) {
                    found.add(sql + ": " + error.getSQLState());
                }
            }
        }
        return found;
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection ours = DriverManager.getConnection(arguments[0], "postgres", ""); Connection theirs = DriverManager.getConnection(arguments[1], "postgres", "")) {
            make(ours);
            make(theirs);
            for (Map.Entry<String, Setter> entry : SETTERS.entrySet()) {
                check(entry.getKey(), () -> {
                    List<String> got = answers(ours, entry.getValue());
                    List<String> wanted = answers(theirs, entry.getValue());
                    for (int i = 0; i < wanted.size(); i++) {
                        equal(got.get(i), wanted.get(i));
                    }
                });
            }
        }
        System.exit(failed ? 1 : 0);
    }
}
