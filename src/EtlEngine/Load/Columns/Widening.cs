using System.Globalization;

namespace EtlTools.Engine.Load;

/// <summary>A column, and the wider column that accepts a value.</summary>
internal sealed record ColumnChange(TargetColumn From, TargetColumn To);

/// <summary>The parts of widening that are the same in all databases.</summary>
internal static class Widening
{
    /// <summary>The lengths to try, doubled each time, so that there are few changes, and the final length does not depend on the order of
    /// the texts.</summary>
    public static IEnumerable<int> Lengths(int length, int longest)
    {
        for (long next = 2L * length; next <= longest; next *= 2)
            yield return (int)next;
    }

    public static EtlException Done(TableName table, string column, string from, string to) => new(
        FailureCodes.ColumnWidened, FailureKind.InvalidData,
        string.Create(CultureInfo.InvariantCulture, $"-SchemaChange Evolve has changed the column '{column}' of '{table}' from {from} to {to}."));

    public static EtlException Refused(TableName table, string column, string from, string to, string why) => new(
        FailureCodes.ColumnNotWidened, FailureKind.InvalidData,
        $"-SchemaChange Evolve could not change the column '{column}' of '{table}' from {from} to {to}: {why.TrimEnd('.')}. Records that do not fit it fail.");
}
