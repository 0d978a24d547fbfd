using EtlTools.Engine.Records;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>
/// Sorts SQLite's result codes into the row's fault, the passing and the fatal, and words them. SQLite's own text is
/// taken apart for identifiers only: a trigger may put values into it.
/// </summary>
internal static class SqliteErrors
{
    /// <summary>SQLITE_CONSTRAINT_DATATYPE, which SQLitePCLRaw does not name.</summary>
    private const int ConstraintDatatype = raw.SQLITE_CONSTRAINT | (12 << 8);

    /// <summary>The primary code of an extended one.</summary>
    public static int Primary(int code) => code & 0xFF;

    /// <summary>Why the row was refused, or null when it was not the row's fault.</summary>
    public static RowFault? ToRowFault(sqlite3 database, int code, SqliteTable table)
    {
        (string? constraint, string? column) = ReadIdentifiers(raw.sqlite3_errmsg(database).utf8_to_string(), table);
        string named = constraint is null ? "" : $" ({constraint})";
        return code switch
        {
            raw.SQLITE_CONSTRAINT_NOTNULL => new RowFault(
                ErrorCodes.NotNullViolation, column is null ? $"A column that does not allow null has no value{named}." : $"The column '{column}' does not allow null.", column),
            raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_ROWID => new RowFault(
                ErrorCodes.UniqueViolation, $"Another row already has this value in a unique column{named}.", column),
            raw.SQLITE_CONSTRAINT_CHECK => new RowFault(ErrorCodes.CheckViolation, $"A check constraint refused the row{named}.", column),
            raw.SQLITE_CONSTRAINT_FOREIGNKEY => ForeignKey,
            ConstraintDatatype => new RowFault(ErrorCodes.TargetTypeMismatch, $"A value does not have the type of its column{named}.", column),
            raw.SQLITE_CONSTRAINT_TRIGGER => Rejected("A trigger of the table refused the row", code),
            _ => Primary(code) switch
            {
                raw.SQLITE_CONSTRAINT => Rejected("A constraint refused the row", code),
                raw.SQLITE_MISMATCH => new RowFault(ErrorCodes.TargetTypeMismatch, "A value does not have the type of its column."),
                raw.SQLITE_TOOBIG => Rejected("The row or a value of it is larger than SQLite's limit", code),
                raw.SQLITE_ERROR => Rejected("A function in a constraint, index or trigger of the table failed for the row", code),
                _ => null,
            },
        };
    }

    /// <summary>A foreign key without its row: SQLite does not tell which.</summary>
    public static RowFault ForeignKey { get; } =
        new(ErrorCodes.ForeignKeyViolation, "The row that a foreign key refers to does not exist.");

    /// <summary>A row that the table ignored.</summary>
    public static RowFault Ignored { get; } =
        new(ErrorCodes.RowRejected, "A trigger or conflict clause of the table ignored the row.");

    /// <summary>The exception for a statement that could not be prepared. It holds no value yet, so SQLite's own text, which names
    /// what does not exist, can be shown.</summary>
    public static Exception ToPreparingException(sqlite3 database, int code) => Primary(code) == raw.SQLITE_ERROR
        ? Failure(FailureKind.InvalidData, $"{NameOf(database)} refused a statement: {raw.sqlite3_errmsg(database).utf8_to_string()}.")
        : ToException(database, code);

    /// <summary>The exception for a code that is not a row's fault.</summary>
    public static Exception ToException(sqlite3 database, int code)
    {
        string name = NameOf(database);
        return Primary(code) switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL => new TransientTargetException($"{name} is locked by another connection") { IsContention = true },
            raw.SQLITE_INTERRUPT => new OperationCanceledException(),
            raw.SQLITE_FULL => new TransientTargetException($"{name} cannot grow: the disk is full, or the database has reached its page limit"),
            raw.SQLITE_IOERR => new TransientTargetException($"{name} could not be read or written (SQLite code {code}): check the disk"),
            raw.SQLITE_READONLY when code == raw.SQLITE_READONLY_DBMOVED => new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.Unavailable,
                $"The file of {char.ToLowerInvariant(name[0])}{name[1..]} was deleted, moved or replaced during the run, so what was loaded before is not in it. Nothing of the open batch was loaded. Run it again."),
            raw.SQLITE_READONLY or raw.SQLITE_PERM => new EtlException(
                FailureCodes.ReadOnlyTarget, FailureKind.PermissionDenied,
                $"{name} is read-only. Give this user the right to write to the file and its folder."),
            raw.SQLITE_CANTOPEN => new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.Unavailable,
                $"{name} or its journal cannot be opened (code {code}). Check the path and this user's rights on the file and its folder."),
            raw.SQLITE_NOTADB => new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.InvalidData, $"{name} is not a SQLite database, or it is encrypted."),
            raw.SQLITE_CORRUPT => Failure(FailureKind.InvalidData, $"{name} is damaged: run PRAGMA integrity_check."),
            raw.SQLITE_CONSTRAINT => Failure(FailureKind.InvalidData, $"{name} refused a statement: a constraint or trigger of a table did not let it pass (SQLite code {code})."),
            _ => Failure(FailureKind.InvalidData, $"{name} refused a statement (SQLite code {code})."),
        };
    }

    private static string NameOf(sqlite3 database)
    {
        string file = raw.sqlite3_db_filename(database, "main").utf8_to_string();
        return string.IsNullOrEmpty(file) ? "The database" : $"The database '{file}'";
    }

    private static EtlException Failure(FailureKind kind, string message) =>
        new(FailureCodes.StatementFailed, kind, message + " Nothing of the open batch was loaded.");

    private static RowFault Rejected(string what, int code) => new(ErrorCodes.RowRejected, $"{what} (SQLite code {code}).");

    /// <summary>The constraint as SQLite names it, and the column where it is one of the target's.</summary>
    private static (string? Constraint, string? Column) ReadIdentifiers(string message, SqliteTable table)
    {
        string names = TextAfter(message, "constraint failed: ") ?? TextAfter(message, " value in ") ?? "";
        // A value that a STRICT table refuses is told as "cannot store TEXT value in INTEGER column orders.qty".
        names = TextAfter(names, " column ") ?? names;
        TargetColumn? column = table.Columns.FirstOrDefault(c => names == $"{table.Name.Name}.{c.Name}");
        if (column is not null)
            return (names, column.Name);
        // An unnamed check is told by its expression, which is no identifier.
        bool isName = names.Length > 0 && names.Split(", ").All(name => name.All(c => char.IsLetterOrDigit(c) || c is '_' or '.'));
        return (isName ? names : null, null);
    }

    private static string? TextAfter(string text, string marker)
    {
        int at = text.IndexOf(marker, StringComparison.Ordinal);
        return at < 0 ? null : text[(at + marker.Length)..];
    }
}
