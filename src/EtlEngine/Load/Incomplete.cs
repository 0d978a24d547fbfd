using System.Globalization;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>What a load that needs its whole input does if the input is incomplete.</summary>
internal static class Incomplete
{
    /// <summary>Why the input is not everything that the source has; null if it is, as far as the run knows.</summary>
    public static string? Reason(EtlRun run, StageCounters loader) =>
        run.MissedPart ?? EndsEarly(run, loader);

    /// <summary>Why the input ended before the source did; null if it did not.</summary>
    public static string? EndsEarly(EtlRun run, StageCounters loader) =>
        run.Shutdown.IsCutShort ? "the run was drained before all input was read"
        : run.HasUnendedStageBefore(loader) ? "a later command stopped the pipeline before the source was read to its end"
        : null;

    /// <summary>Throws if a load that needs its whole input cannot even start.</summary>
    /// <exception cref="EtlException">Says what is missing.</exception>
    public static void RequireWhole(LoadOptions options, EtlRun run)
    {
        if (options.IsOneTransaction && run.MissedPart is { } missed)
            throw NotBegun(options, missed);
    }

    private static EtlException NotBegun(LoadOptions options, string reason) => new(
        FailureCodes.InputIncomplete, FailureKind.InvalidCall,
        $"{What(options)} needs the whole source in each run, and {reason}. Nothing was loaded. Read the whole source: without that parameter, or with -ResumeFrom $null.");

    /// <summary>The contents of a table should have been replaced.</summary>
    public static EtlException NotReplaced(string table, string reason) => new(
        FailureCodes.InputIncomplete, FailureKind.InvalidData, $"The table '{table}' is as it was before: {reason}, and -Mode Replace takes the whole source or nothing. Run it again on the whole source.");

    /// <summary>Missing rows should have been deleted.</summary>
    public static EtlException NotDeleted(string table, string reason) => new(
        FailureCodes.InputIncomplete, FailureKind.InvalidData,
        $"-DeleteMissing has not deleted or marked any row of '{table}': {reason}, so the source may still have the rows for which no record arrived. The records that arrived are loaded.");

    /// <summary>No record arrived, which is more likely an error of the source than its state.</summary>
    public static EtlException Empty(LoadOptions options, string table) => new(
        FailureCodes.InputIncomplete, FailureKind.InvalidData,
        $"{What(options)}: no good record arrived, so the table '{table}' was left as it is. Delete its rows by hand if the source is empty.");

    /// <summary>Records failed before the load, in another pipeline; null if none did.</summary>
    public static EtlException? Lost(LostRecords records) => records.First is not { } first ? null : new EtlException(
        FailureCodes.InputIncomplete, FailureKind.InvalidData,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(records.Count == 1 ? "1 record" : $"{records.Count} records")} of the source failed before this load, outside of its pipeline, and went to no dead letter; the first is {first.Position}, which failed in {first.Stage}. Succeeded is False because of them. To keep them, use -DeadLetterPath with {first.Stage}."));

    /// <summary>The transaction is lost.</summary>
    public static EtlException Lost(LoadOptions options, string database, string? why = null) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        $"{why ?? $"The connection to {database} was lost"}, and with it the one transaction that {What(options)} loads in. The table is as it was before. Run it again.");

    /// <summary>The rows cannot all be deleted first, and without a key it is unknown which ones stay.</summary>
    public static EtlException ReplaceNeedsKey(TableName table) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall,
        $"Other tables refer to '{table}' by foreign keys, so its rows cannot all be deleted first. Use -Key: -Mode Replace then updates the rows that stay and deletes the others.");

    /// <summary>Other rows refer to a row that should be deleted.</summary>
    public static EtlException Referenced(LoadOptions options, TableName table) => new(
        FailureCodes.StatementFailed, FailureKind.InvalidData,
        $"{What(options)}: rows of other tables refer to rows of '{table}' that are no longer in the source, and a foreign key prevents their deletion. The table is as it was before. "
        + (options.DeletedColumn is null ? "Delete the rows that refer to them first, or mark rows with -DeleteMissing -DeletedColumn." : "Delete the rows that refer to them first."));

    /// <summary>A record is not in the part of the table that the source covers.</summary>
    public static EtlException OutsideScope(TableName table) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidData,
        $"-MissingScope: records arrived whose rows in '{table}' are not in that part of the table, so the source is of another part, or of several. The table is as it was before. Correct -MissingScope, or leave these records out.");

    private static string What(LoadOptions options) => options.DeleteMissing ? "-DeleteMissing" : "-Mode Replace";
}
