// Reads a result through pgjdbc: java JdbcFetch JDBC-URL FETCH-SIZE SQL; fetch size 0 is the driver's default, all at once.
// Output: {"rows":…, "seconds":…, "first_row_ms":…, "heap_mb":…}, the heap at its fullest.

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;

public class JdbcFetch {
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0], "postgres", "")) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(Integer.parseInt(arguments[1]));
                long start = System.nanoTime();
                long first = 0;
                long rows = 0;
                long sum = 0;
                try (ResultSet results = statement.executeQuery(arguments[2])) {
                    while (results.next()) {
                        if (rows++ == 0) {
                            first = System.nanoTime() - start;
                        }
                        sum += results.getLong(1) + results.getString(2).length();
                    }
                }
                long end = System.nanoTime();
                long heap = ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP)
                                .mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
                System.out.printf("{\"rows\": %d, \"seconds\": %.6f, \"first_row_ms\": %.3f, \"heap_mb\": %.1f, \"sum\": %d}%n",
                    rows, (end - start) / 1e9, first / 1e6, heap / 1048576.0, sum);
            }
            connection.commit();
        }
    }
}
