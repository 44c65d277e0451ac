// pgjdbc against a running server: java JdbcTest JDBC-URL EXPECTED-PROPERTIES...; prints TAP lines.

import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.Arrays;
import java.util.List;
import org.postgresql.PGConnection;

public class JdbcTest extends Tap {
    static long count;
    static long sumId;
    static BigDecimal sumAmount;

    static void readAll(Connection connection, int fetchSize) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement("SELECT id, value, label, day, moment, amount FROM readings WHERE id >= ?")) {
            statement.setFetchSize(fetchSize);
            statement.setLong(1, 0);
            long rows = 0;
            long ids = 0;
            BigDecimal amount = BigDecimal.ZERO;
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    rows++;
                    ids += results.getLong(1);
                    results.getDouble(2);
                    results.getString(3);
                    results.getDate(4);
                    results.getTimestamp(5);
                    amount = amount.add(results.getBigDecimal(6));
                }
            }
            equal(rows, count);
            equal(ids, sumId);
            equal(amount.compareTo(sumAmount), 0);
        }
        connection.commit();
    }

    static void fetchSizes() throws Exception {
        for (int size : new int[] {0, 1000, 20000, 7}) {
            try (Connection connection = connect()) {
                readAll(connection, size);
            }
        }
    }

    // Rows are still being fetched by one statement while another one runs in the same transaction.
    static void interleaved() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (Statement outer = connection.createStatement(); PreparedStatement inner = connection.prepareStatement("SELECT ?::BIGINT * 2")) {
                outer.setFetchSize(100);
                long rows = 0;
                try (ResultSet results = outer.executeQuery("SELECT id FROM readings ORDER BY id LIMIT 1000")) {
                    while (results.next()) {
                        equal(results.getLong(1), rows);
                        inner.setLong(1, rows);
                        try (ResultSet doubled = inner.executeQuery()) {
                            doubled.next();
                            equal(doubled.getLong(1), 2 * rows);
                        }
                        rows++;
                    }
                }
                equal(rows, 1000L);
            }
        }
    }

    // After five executions the driver switches to a named server-side statement, and to binary.
    static void prepareThreshold() throws Exception {
        for (String threshold : new String[] {"0", "1", "5", "-1"}) {
            try (Connection connection = connect("prepareThreshold", threshold); PreparedStatement statement = connection.prepareStatement(
                     "SELECT ?::INTEGER + 1, ?::DOUBLE, ?::VARCHAR, ?::TIMESTAMP, ?::DECIMAL(18, 2)")) {
                Timestamp moment = Timestamp.valueOf("2024-02-29 12:34:56.789");
                for (int i = 0; i < 12; i++) {
                    statement.setInt(1, i);
                    statement.setDouble(2, i / 4.0);
                    statement.setString(3, "ü" + i);
                    statement.setTimestamp(4, moment);
                    statement.setBigDecimal(5, new BigDecimal("-12.34"));
                    try (ResultSet results = statement.executeQuery()) {
                        results.next();
                        equal(results.getInt(1), i + 1);
                        equal(results.getDouble(2), i / 4.0);
                        equal(results.getString(3), "ü" + i);
                        equal(results.getTimestamp(4), moment);
                        equal(results.getBigDecimal(5), new BigDecimal("-12.34"));
                    }
                }
            }
        }
    }

    static void batches() throws Exception {
        for (String rewrite : new String[] {"false", "true"}) {
            try (Connection connection = connect("reWriteBatchedInserts", rewrite)) {
                connection.createStatement().execute("CREATE TEMP TABLE batch (a INTEGER, b VARCHAR)");
                connection.setAutoCommit(false);
                try (PreparedStatement insert = connection.prepareStatement("INSERT INTO batch VALUES (?, ?)")) {
                    for (int i = 0; i < 500; i++) {
                        insert.setInt(1, i);
                        if (i % 7 == 0) {
                            insert.setNull(2, Types.VARCHAR);
                        } else {
                            insert.setString(2, "row " + i);
                        }
                        insert.addBatch();
                    }
                    equal(insert.executeBatch().length, 500);
                }
                connection.commit();
                try (ResultSet results = connection.createStatement().executeQuery("SELECT count(*), sum(a), count(b) FROM batch")) {
                    results.next();
                    equal(List.of(results.getLong(1), results.getLong(2), results.getLong(3)), List.of(500L, 124750L, 428L));
                }
            }
        }
    }

    static void queryTimeout() throws Exception {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            try {
                statement.executeQuery("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3");
                throw new AssertionError("the query was not cancelled");
            } catch (SQLException error) {
                equal(error.getSQLState(), "57014");
            }
            statement.setQueryTimeout(0);
            try (ResultSet results = statement.executeQuery("SELECT 1")) {
                results.next();
                equal(results.getInt(1), 1);
            }
        }
    }

    static void copy() throws Exception {
        try (Connection connection = connect()) {
            connection.createStatement().execute("CREATE TEMP TABLE copied (a INTEGER, b VARCHAR)");
            var manager = connection.unwrap(PGConnection.class).getCopyAPI();
            equal(manager.copyIn("COPY copied FROM STDIN (FORMAT csv)", new StringReader("1,a\n2,\"b,\"\"c\"\"\"\n3,\n")), 3L);
            var writer = new java.io.StringWriter();
            equal(manager.copyOut("COPY copied TO STDOUT (FORMAT csv)", writer), 3L);
            equal(writer.toString(), "1,a\n2,\"b,\"\"c\"\"\"\n3,\n");
            try {
                manager.copyIn("COPY copied FROM STDIN (FORMAT csv)", new StringReader("4,d\nnot a number,e\n"));
                throw new AssertionError("bad data was taken");
            } catch (SQLException error) {
                equal(error.getSQLState(), "22P02");
            }
            try (ResultSet results = connection.createStatement().executeQuery("SELECT count(*) FROM copied")) {
                results.next();
                equal(results.getLong(1), 3L);
            }
        }
    }

    static void arraysAndNulls() throws Exception {
        try (Connection connection = connect(); PreparedStatement statement = connection.prepareStatement("SELECT ?::INTEGER[], NULL::INTEGER, [1.5, NULL]::DOUBLE[]")) {
            statement.setArray(1, connection.createArrayOf("int4", new Integer[] {1, null, 3}));
            try (ResultSet results = statement.executeQuery()) {
                results.next();
                equal(Arrays.asList((Integer[]) results.getArray(1).getArray()), Arrays.asList(1, null, 3));
                results.getInt(2);
                equal(results.wasNull(), true);
                equal(Arrays.asList((Double[]) results.getArray(3).getArray()), Arrays.asList(1.5, null));
            }
        }
    }

    static void errorsInTransactions() throws Exception {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE TEMP TABLE t (a INTEGER)");
            connection.commit();
            statement.execute("INSERT INTO t VALUES (1)");
            for (String[] attempt : new String[][] {{"SELECT nonsense", "42703"}, {"SELECT 1", "25P02"}}) {
                try {
                    statement.execute(attempt[0]);
                    throw new AssertionError("no error");
                } catch (SQLException error) {
                    equal(error.getSQLState(), attempt[1]);
                }
            }
            connection.rollback();
            try (ResultSet results = statement.executeQuery("SELECT count(*) FROM t")) {
                results.next();
                equal(results.getLong(1), 0L);
            }
        }
    }

    public static void main(String[] arguments) {
        url = arguments[0];
        count = Long.parseLong(arguments[1]);
        sumId = Long.parseLong(arguments[2]);
        sumAmount = new BigDecimal(arguments[3]);
        check("fetch sizes", JdbcTest::fetchSizes);
        check("statements between fetches", JdbcTest::interleaved);
        check("prepare threshold", JdbcTest::prepareThreshold);
        check("batches", JdbcTest::batches);
        check("query timeout", JdbcTest::queryTimeout);
        check("copy", JdbcTest::copy);
        check("arrays and NULLs", JdbcTest::arraysAndNulls);
        check("errors in transactions", JdbcTest::errorsInTransactions);
        System.exit(failed ? 1 : 0);
    }
}
