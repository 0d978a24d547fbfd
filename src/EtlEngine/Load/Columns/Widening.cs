using System.Globalization;

namespace EtlTools.Engine.Load;

/// <summary>A column, and what it is to become so that it takes a value that it does not.</summary>
internal sealed record ColumnChange(TargetColumn From, TargetColumn To);

/// <summary>What is common to widening, whatever the database.</summary>
internal static class Widening
{
    /// <summary>Lengths to try, doubled each time: few changes, and the same length in the end in whatever order texts come.</summary>
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
