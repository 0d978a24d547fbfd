using EtlTools.Engine.Load;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>The errors of queries that cannot be read, with what to change.</summary>
internal static class QueryFailures
{
    /// <summary>The database refused the statement.</summary>
    /// <param name="database">The database.</param>
    /// <param name="text">Why.</param>
    /// <param name="code">The error's code: what does not exist has one of its own.</param>
    public static EtlException Refused(string database, string text, string code = FailureCodes.StatementFailed) => new(
        code, code == FailureCodes.TableNotFound ? FailureKind.NotFound : FailureKind.InvalidCall,
        $"The database '{database}' refused the query: {text.TrimEnd('.', '?')}. Check -Query, or -Table, -Column and -Where.");

    public static EtlException Writes(string database) => new(
        FailureCodes.StatementFailed, FailureKind.InvalidCall, $"The database '{database}' refused the query, because it writes. Import-EtlSql only reads.");

    public static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);

    public static EtlException OneWord(string word) => Invalid($"-Query is the single word '{word}', which is not a query. To read a table, use -Table {word}.");

    public static EtlException NotWithQuery(string parameter) => Invalid(
        $"{parameter} goes with -Table, not with -Query. " + (parameter is "-Column" or "-Where"
            ? "Write it into the query."
            : "A query says itself what is new, as in: WHERE updated_at > @watermark OR @watermark IS NULL. Give -WatermarkName and -WatermarkColumn updated_at to Export-EtlSqlUpsert, and that watermark to -ResumeFrom."));

    public static EtlException NoRows { get; } = Invalid("-Query returns no rows: it is no SELECT, VALUES or WITH … SELECT.");

    public static EtlException SeveralStatements { get; } = Invalid("-Query contains several statements. Give one query, and use another command for each of the others.");

    public static EtlException TooLong(TransientTargetException late) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        $"{late.Message}. It was not retried, because it would take as long again: raise -CommandTimeoutSec, or read less.", late);

    /// <summary>A lost connection was opened again, and the columns are different ones.</summary>
    public static EtlException Changed(string column, long rows) => new(
        FailureCodes.StatementFailed, FailureKind.InvalidData,
        FormattableString.Invariant($"The column '{column}' was changed while the table was read: after {rows} rows the connection was lost, and a new one returns other columns or types. Run it again."));

    public static EtlException Lost(string database, string why, long rows, string remedy) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        FormattableString.Invariant($"{why} after {rows} rows were read from '{database}'. {remedy}"));
}
