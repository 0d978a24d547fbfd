using System.Text;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Names of created objects: the server would silently truncate long ones, and nobody would find them again.</summary>
internal static class PostgresNames
{
    private const int MaxBytes = 63;

    /// <summary>The system columns of every table.</summary>
    private static readonly string[] Own = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

    /// <summary>Throws if the name of a new table is too long.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public static void RequireTable(TableName name)
    {
        if (IsTooLong(name.Name) || (name.Schema is not null && IsTooLong(name.Schema)))
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"-Table '{name}' cannot be created: a name in PostgreSQL has at most {MaxBytes} bytes. Give a shorter -Table. Nothing was created.");
    }

    /// <summary>Why a column cannot be created, or null.</summary>
    public static RowFault? WhyNotColumn(string name)
    {
        string? why = IsTooLong(name) ? $"a name in PostgreSQL has at most {MaxBytes} bytes. Give it a shorter name"
            : Own.Contains(name, StringComparer.Ordinal) ? "PostgreSQL has a column of that name in every table. Give it another name"
            : null;
        return why is null ? null : new RowFault(Records.ErrorCodes.UnknownColumn, $"The column '{name}' cannot be created: {why} in the table with -ColumnMap.", name);
    }

    private static bool IsTooLong(string name) => Encoding.UTF8.GetByteCount(name) > MaxBytes;
}
