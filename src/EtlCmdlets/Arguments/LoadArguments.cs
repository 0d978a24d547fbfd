using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Makes the engine's options of the parameters of Export-EtlSqlUpsert.</summary>
internal static class LoadArguments
{
    /// <summary>What the load does, for a question.</summary>
    public static string Describe(ExportEtlSqlUpsertCommand command) => ModeOf(command) switch
    {
        LoadMode.Append => "Append each record",
        LoadMode.Replace => "Replace all rows",
        LoadMode.Insert => $"Insert new rows by key {KeyOf(command)}{Missing(command)}",
        _ => $"Upsert by key {KeyOf(command)}{(command.UpdateWhenNewer is { } newer ? $" where {Folded(newer, command)} is newer" : "")}{Missing(command)}",
    };

    /// <summary>The table's name in the database.</summary>
    public static string TableOf(ExportEtlSqlUpsertCommand command) => NameFold.OfTable(command.Table, NameCaseOf(command));

    private static string KeyOf(ExportEtlSqlUpsertCommand command) => string.Join(", ", Folded(command.Key, command));

    private static string Missing(ExportEtlSqlUpsertCommand command) => !command.DeleteMissing ? ""
        : $", {(command.DeletedColumn is { } column ? $"mark in {Folded(column, command)}" : "delete")} rows for which there is no record";

    private static LoadMode ModeOf(ExportEtlSqlUpsertCommand command)
    {
        LoadMode mode = Enum.Parse<LoadMode>(command.Mode, ignoreCase: true);
        return !command.InsertOnly ? mode : mode is LoadMode.Upsert or LoadMode.Insert ? LoadMode.Insert : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-InsertOnly means -Mode Insert, so it cannot be combined with -Mode {mode}. Leave it out.");
    }

    public static LoadOptions Options(ExportEtlSqlUpsertCommand command)
    {
        LoadOptions options = ConnectionArguments.On(
            Load(command).In(command.Partition?.Partition),
            command,
            command.CommandTimeoutSec,
            ConnectionArguments.SqlServer(command) with { KeepIdentity = command.KeepIdentity, UseMerge = command.UseMerge },
            ConnectionArguments.Sqlite(command.JournalMode));
        return command.IsGiven(nameof(command.BatchSize)) ? options : options with { BatchSize = Dialects.Get(options).BatchSize };
    }

    private static LoadOptions Load(ExportEtlSqlUpsertCommand command) => new()
    {
        Table = TableOf(command),
        Key = Folded(command.Key, command),
        CreateTable = command.CreateTable,
        ColumnMap = ColumnArguments.Names(command.ColumnMap, nameof(command.ColumnMap)),
        NameCase = NameCaseOf(command),
        ColumnTypes = ColumnArguments.Names(command.ColumnType, nameof(command.ColumnType)),
        ExtraColumn = Enum.Parse<ExtraColumn>(command.ExtraColumn, ignoreCase: true),
        SchemaChange = Enum.Parse<SchemaChange>(command.SchemaChange, ignoreCase: true),
        UpdateColumn = command.UpdateColumn is { } updated ? Folded(updated, command) : null,
        Mode = ModeOf(command),
        UpdateWhenNewer = command.UpdateWhenNewer is { } newer ? Folded(newer, command) : null,
        DeleteMissing = command.DeleteMissing,
        DeletedColumn = command.DeletedColumn is { } deleted ? Folded(deleted, command) : null,
        MissingScope = ColumnArguments.Values(command.MissingScope, nameof(command.MissingScope)),
        SkipUnchanged = command.SkipUnchanged,
        ThrottleLimit = command.ThrottleLimit,
        BufferSize = command.BufferSize,
        BatchSize = command.BatchSize,
        FlushInterval = TimeSpan.FromSeconds(command.FlushIntervalSec),
        OutageBudget = TimeSpan.FromSeconds(command.OutageBudgetSec),
        Breaker = new BreakerOptions { Threshold = command.BreakerThreshold, Cooldown = TimeSpan.FromSeconds(command.BreakerCooldownSec) },
        DeadLetterOutages = string.Equals(command.OnOutage, "DeadLetter", StringComparison.OrdinalIgnoreCase),
        DeadLetterPath = command.DeadLetterPath is { } letters ? SessionPath.Full(command.SessionState.Path, letters, "-DeadLetterPath") : null,
        MaxErrorCount = command.MaxErrorCount == long.MaxValue ? null : command.MaxErrorCount,
        MaxErrorRate = command.MaxErrorRate < 1 ? command.MaxErrorRate : null,
        StopAtFirstFailure = command.FailFast,
        WatermarkName = command.WatermarkName,
        WatermarkColumn = command.WatermarkColumn,
        WatermarkLag = command.WatermarkLag,
        NullWatermark = Enum.Parse<NullWatermark>(command.NullWatermark, ignoreCase: true),
        WatermarkTable = TableName.Parse(command.WatermarkTable, "-WatermarkTable"),
        PassThru = command.PassThru,
    };

    private static NameCase NameCaseOf(ExportEtlSqlUpsertCommand command) => Enum.Parse<NameCase>(command.NameCase, ignoreCase: true);

    /// <summary>Names of the table's columns, which are those of -ColumnMap where it names them.</summary>
    private static string[] Folded(string[] names, ExportEtlSqlUpsertCommand command) => [.. names.Select(name => Folded(name, command))];

    private static string Folded(string name, ExportEtlSqlUpsertCommand command) =>
        command.ColumnMap.Values.Cast<object?>().Any(mapped => mapped?.ToString() == name) ? name : NameFold.Of(name, NameCaseOf(command));
}
