using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The text of statements. All names are quoted; no value of a record is ever part of a text.</summary>
internal static class SqlServerSql
{
    /// <summary>The session's staging table: a number for each row, and a column c0, c1, … for each column of the target, by its
    /// index.</summary>
    public const string Staging = "[#etl_stage]";

    /// <summary>The options that indexed views, computed columns and filtered indexes demand, and errors that leave it to the
    /// loader what to roll back. Messages are English, so that names can be read from them; what else a language sets stays as the
    /// login has it, since triggers and defaults may rest on it (https://learn.microsoft.com/sql/t-sql/statements/set-language-transact-sql).</summary>
    public const string Settings =
        """
        SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
        SET NUMERIC_ROUNDABORT, XACT_ABORT, IMPLICIT_TRANSACTIONS, NOCOUNT OFF;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        DECLARE @first int = @@DATEFIRST, @format nvarchar(3) = N'mdy';
        SELECT @format = dateformat FROM sys.syslanguages WHERE langid = @@LANGID;
        SET LANGUAGE us_english;
        SET DATEFIRST @first;
        SET DATEFORMAT @format;
        """;

    /// <summary>Identifies the server if its version is not enough.</summary>
    public const string EngineEdition = "SELECT CAST(SERVERPROPERTY('EngineEdition') AS int);";

    public const string Begin = "BEGIN TRANSACTION;";

    public const string Save = "SAVE TRANSACTION [etl_range];";

    public const string GoBack = "ROLLBACK TRANSACTION [etl_range];";

    public const string Commit = "COMMIT TRANSACTION;";

    /// <summary>Rolls back, if there is a transaction.</summary>
    public const string Rollback = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;";

    /// <summary>Whether the transaction can continue: 1, or otherwise -1 or 0.</summary>
    public const string TransactionState = "SELECT CAST(XACT_STATE() AS int);";

    /// <summary>Claims a name, @name, for the connection, of the table of watermarks, which is there and whose quoted name is @quoted;
    /// gives what sp_getapplock returns. The table is known by its id, however it was named, and behind a synonym. The claim waits a
    /// little, @wait milliseconds: the server may take a moment to notice that the run before was killed. A lock's name holds 255
    /// characters.</summary>
    public const string WatermarkLock =
        """
        DECLARE @result int;
        DECLARE @id int = (SELECT COALESCE(OBJECT_ID(n.base_object_name), o.object_id)
            FROM sys.objects AS o LEFT JOIN sys.synonyms AS n ON n.object_id = o.object_id WHERE o.object_id = OBJECT_ID(@quoted));
        DECLARE @resource nvarchar(255) = CONCAT(N'EtlTools ', CONVERT(nvarchar(64), HASHBYTES(N'SHA2_256', CONCAT(@id, NCHAR(10), @name)), 2));
        EXEC @result = sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = @wait;
        SELECT @result;
        """;

    /// <summary>Whether the server still answers.</summary>
    public const string Probe = "SELECT 1;";

    public const string ClearStaging = $"TRUNCATE TABLE {Staging};";

    public static string Quote(string name) => $"[{name.Replace("]", "]]", StringComparison.Ordinal)}]";

    public static string Quote(TableName table) => table.Schema is null ? Quote(table.Name) : $"{Quote(table.Schema)}.{Quote(table.Name)}";

    /// <summary>Creates the staging table for these columns, with the target's types and collations, so that the server compares there as
    /// in the target, whatever the collation of tempdb.</summary>
    public static string CreateStaging(SqlServerTable table, IEnumerable<TargetColumn> columns)
    {
        IEnumerable<string> definitions = columns.Select(column =>
            $"{StagingName(table, column)} {column.Type.StagingSql}{Collate(column)} NULL");
        return $"DROP TABLE IF EXISTS {Staging};\nCREATE TABLE {Staging} ({string.Join(", ", definitions.Prepend("[etl_row] int NOT NULL PRIMARY KEY"))});";
    }

    /// <summary>The staging table's name for a column of the target.</summary>
    public static string StagingColumn(SqlServerTable table, TargetColumn column) =>
        string.Create(CultureInfo.InvariantCulture, $"c{table.IndexOf(column)}");

    /// <summary>Pairs of rows with the same key, as the server compares keys, each row with the next one.</summary>
    public static string Duplicates(SqlServerTable table) =>
        $"""
        SELECT d.[etl_row], d.[etl_next]
        FROM (
            SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY {KeyOf(table, "s.")} ORDER BY s.[etl_row]) AS [etl_next]
            FROM {Staging} AS s
        ) AS d
        WHERE d.[etl_next] IS NOT NULL
        ORDER BY d.[etl_row];
        """;

    public static string CreateTable(SqlServerTable table)
    {
        IEnumerable<string> columns = table.Columns.Select(column => $"{Quote(column.Name)} {column.DeclaredType} {(column.NotNull ? "NOT NULL" : "NULL")}");
        return $"IF OBJECT_ID(N'{Literal(Quote(table.Name))}') IS NULL\n"
            + $"CREATE TABLE {Quote(table.Name)} ({string.Join(", ", columns)}{(table.Key.Count == 0 ? "" : $", PRIMARY KEY ({string.Join(", ", table.Key.Select(column => Quote(column.Name)))})")});";
    }

    public static string AddColumn(SqlServerTable table, TargetColumn column) =>
        $"IF COL_LENGTH(N'{Literal(Quote(table.Name))}', N'{Literal(column.Name)}') IS NULL\n"
        + $"ALTER TABLE {Quote(table.Name)} ADD {Quote(column.Name)} {column.DeclaredType} NULL;";

    /// <summary>Begins a transaction in which nobody else uses the table. It waits only a short time for other users, because a longer wait
    /// would block everyone who comes later; the loader retries.</summary>
    /// <param name="table">The table.</param>
    /// <param name="seconds">The statement's time-out, 0 for none.</param>
    public static string Lock(TableName table, int seconds) =>
        $"""
        SET LOCK_TIMEOUT {ShortLockWait(seconds)};
        BEGIN TRANSACTION;
        DECLARE @any int;
        SELECT TOP (1) @any = 1 FROM {Quote(table)} WITH (TABLOCKX, HOLDLOCK);
        """;

    /// <summary>The milliseconds of a wait for a lock that is short, and ends before its statement does, because only then the server
    /// says what it waited for.</summary>
    /// <param name="seconds">The statement's time-out, 0 for none.</param>
    public static int ShortLockWait(int seconds) => seconds is > 0 and < 10 ? seconds * 500 : 5_000;

    /// <summary>What makes waits for locks end at half of a statement's time-out, so that a statement that still runs out of time was
    /// working; null where there is no time-out.</summary>
    /// <param name="seconds">The time-out, 0 for none.</param>
    public static string? LimitLockWaits(int seconds) =>
        seconds == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"SET LOCK_TIMEOUT {Math.Min(int.MaxValue, seconds * 500L)};");

    public const string UnlimitLockWaits = "SET LOCK_TIMEOUT -1;";

    /// <summary>Changes a column to its described type. Collation and nullability must be given, or they would be lost.</summary>
    public static string AlterColumn(TableName table, TargetColumn column) =>
        $"ALTER TABLE {Quote(table)} ALTER COLUMN {Quote(column.Name)} {column.Type.Sql}{Collate(column)} {(column.NotNull ? "NOT NULL" : "NULL")};";

    public static string CreateUniqueIndex(TableName table, IReadOnlyList<TargetColumn> key)
    {
        const int longestName = 128;
        string name = string.Join('_', key.Select(column => column.Name).Prepend(table.Name).Prepend("ux"));
        return $"CREATE UNIQUE INDEX {Quote(name[..Math.Min(name.Length, longestName)])} ON {Quote(table)} ({string.Join(", ", key.Select(column => Quote(column.Name)))});";
    }

    public static WatermarkSql Watermarks(TableName table)
    {
        string name = Quote(table);
        // Names and ids are compared exactly, as everywhere else.
        string columns = WatermarkStore.Columns("nvarchar(200) COLLATE Latin1_General_BIN2", "nvarchar(max)", "bigint");
        return new WatermarkSql(
            name, $"IF OBJECT_ID(N'{Literal(name)}') IS NULL\n{UnlessThere($"CREATE TABLE {name} ({columns});")}", $"SELECT OBJECT_ID(N'{Literal(name)}') WHERE OBJECT_ID(N'{Literal(name)}') IS NOT NULL;");
    }

    /// <summary>A statement that creates a table, unless another run has created it meanwhile.</summary>
    private static string UnlessThere(string create) =>
        $"""
        BEGIN TRY
            {create}
        END TRY
        BEGIN CATCH
            IF ERROR_NUMBER() <> 2714 THROW;
        END CATCH;
        """;

    /// <summary>The key columns in the staging table, in the order of the call.</summary>
    internal static string KeyOf(SqlServerTable table, string prefix) => string.Join(", ", table.Key.Select(column => prefix + StagingName(table, column)));

    internal static string StagingName(SqlServerTable table, TargetColumn column) => Quote(StagingColumn(table, column));

    internal static string Collate(TargetColumn column) => column.Type.Collation is { } collation ? $" COLLATE {collation}" : "";

    private static string Literal(string text) => new StringBuilder(text).Replace("'", "''").ToString();
}
