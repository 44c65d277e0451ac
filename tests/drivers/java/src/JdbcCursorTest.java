// Cursors as pgjdbc uses them, with little heap: java -Xmx96m JdbcCursorTest JDBC-URL; prints TAP lines.

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

public class JdbcCursorTest extends Tap {
    static final long LARGE = 1_500_000; // rows that do not fit into the heap
    static final String SERIES = "SELECT i::int8 AS i, 'a label that takes room ' || i AS label FROM generate_series(1, " + LARGE + ") AS t(i)";

    static List<Long> ids(ResultSet results) throws SQLException {
        List<Long> found = new ArrayList<>();
        while (results.next()) {
            found.add(results.getLong(1));
        }
        return found;
    }

    static void largeResult() throws Exception {
        for (String binary : new String[] {"false", "true"}) {
            try (Connection connection = connect("binaryTransfer", binary, "prepareThreshold", binary.equals("true") ? "-1" : "5")) {
                connection.setAutoCommit(false);
                try (PreparedStatement statement = connection.prepareStatement(SERIES)) {
                    statement.setFetchSize(1000);
                    long rows = 0;
                    try (ResultSet results = statement.executeQuery()) {
                        while (results.next()) {
                            rows++;
                            equal(results.getLong(1), rows);
                        }
                    }
                    equal(rows, LARGE);
                }
                connection.commit();
            }
        }
    }

    static void adaptiveFetch() throws Exception {
        try (Connection connection = connect("adaptiveFetch", "true", "adaptiveFetchMaximum", "20000", "maxResultBuffer", "4M", "defaultRowFetchSize", "10")) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement(); ResultSet results = statement.executeQuery(SERIES)) {
                long rows = 0;
                while (results.next()) {
                    rows++;
                }
                equal(rows, LARGE);
            }
        }
    }

    static void closedEarly() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 20; i++) {
                try (Statement statement = connection.createStatement()) {
                    statement.setFetchSize(100);
                    ResultSet results = statement.executeQuery(SERIES);
                    for (int row = 0; row < 150 + i; row++) {
                        results.next();
                    }
                    equal(results.getLong(1), 150L + i);
                }
            }
            connection.commit();
        }
    }

    static void commitBetweenRows() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(100);
                ResultSet results = statement.executeQuery(SERIES);
                results.next();
                connection.commit();
                try {
                    for (int row = 0; row < 200; row++) {
                        results.next();
                    }
                    throw new AssertionError("the portal outlived its transaction");
                } catch (SQLException error) {
                    equal(error.getSQLState(), "34000");
                }
                connection.rollback();
            }
        }
    }

    // The driver keeps all rows itself; the server only sees one Execute.
    static void scrollInsensitive() throws Exception {
        try (Connection connection = connect()) {
            for (boolean autocommit : new boolean[] {true, false}) {
                connection.setAutoCommit(autocommit);
                try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
                    statement.setFetchSize(100);
                    ResultSet results = statement.executeQuery("SELECT id FROM readings ORDER BY id");
                    results.last();
                    equal(results.getRow(), 20_000);
                    equal(results.getLong(1), 19_999L);
                    results.absolute(101);
                    equal(results.getLong(1), 100L);
                    results.previous();
                    equal(results.getLong(1), 99L);
                    results.relative(-99);
                    equal(results.getLong(1), 0L);
                    equal(results.previous(), false);
                    results.afterLast();
                    results.previous();
                    equal(results.getLong(1), 19_999L);
                }
            }
        }
    }

    static void holdable() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY, ResultSet.HOLD_CURSORS_OVER_COMMIT)) {
                statement.setFetchSize(1000);
                ResultSet results = statement.executeQuery("SELECT id FROM readings ORDER BY id");
                results.next();
                connection.commit();
                equal(ids(results).size(), 19_999);
            }
        }
    }

    static void statements() throws Exception {
        try (Connection connection = connect("prepareThreshold", "1")) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT id, label FROM readings ORDER BY id");
                equal(ids(statement.executeQuery("FETCH 3 FROM c")), List.of(0L, 1L, 2L));
                connection.commit();
                try (PreparedStatement fetch = connection.prepareStatement("FETCH 2 FROM c")) {
                    for (long first = 3; first < 21; first += 2) {
                        equal(ids(fetch.executeQuery()), List.of(first, first + 1));
                    }
                }
                equal(ids(statement.executeQuery("FETCH BACKWARD 2 FROM c")), List.of(19L, 18L));
                equal(statement.executeUpdate("MOVE ABSOLUTE 20000 IN c"), 1);
                statement.setFetchSize(700);
                equal(ids(statement.executeQuery("FETCH BACKWARD ALL FROM c")).size(), 19_999);
                statement.execute("CLOSE c");
                connection.commit();
            }
        }
    }

    public static void main(String[] arguments) {
        url = arguments[0];
        check("a result larger than the heap, fetch size 1000", JdbcCursorTest::largeResult);
        check("adaptive fetch", JdbcCursorTest::adaptiveFetch);
        check("results closed early", JdbcCursorTest::closedEarly);
        check("commit between rows", JdbcCursorTest::commitBetweenRows);
        check("TYPE_SCROLL_INSENSITIVE", JdbcCursorTest::scrollInsensitive);
        check("HOLD_CURSORS_OVER_COMMIT", JdbcCursorTest::holdable);
        check("DECLARE, FETCH and MOVE as statements", JdbcCursorTest::statements);
        System.exit(failed ? 1 : 0);
    }
}
