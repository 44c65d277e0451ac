// What the programs here share: named checks that print TAP lines, and connections to the server under test.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

abstract class Tap {
    interface Check { void run() throws Exception; }

    static String url;
    static boolean failed;

    static void check(String name, Check body) {
        try {
            body.run();
            System.out.println("ok " + name);
        } catch (Throwable error) {
            failed = true;
            System.out.println("not ok " + name + ": " + error);
            error.printStackTrace(System.out);
        }
    }

    static void equal(Object got, Object expected) {
        if (!expected.equals(got)) {
            throw new AssertionError("got " + got + ", expected " + expected);
        }
    }

    static Connection connect(String... settings) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        for (int i = 0; i < settings.length; i += 2) {
            properties.setProperty(settings[i], settings[i + 1]);
        }
        return DriverManager.getConnection(url, properties);
    }
}
