using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>Which columns of the target the records of a schema have, and whether they can be written.</summary>
internal class ColumnMapping
{
    public ColumnMapping(TargetTable table, Schema schema, LoadOptions options)
    {
        Names = schema.Names;
        var columns = new List<TargetColumn>();
        var sources = new List<int>();
        for (int i = 0; i < schema.Count; i++)
        {
            string name = options.TargetNameOf(schema[i]);
            TargetColumn? column = table.Find(name);
            if (options.ExtraColumn == ExtraColumn.Ignore && column is null or { IsGenerated: true } or { Refusal: not null } || column is { IsLeftOut: true })
                continue;
            Unknown ??= Misfit(table, column, name, columns, options);
            if (column is null)
                Extra.Add(i);
            if (column is null || Unknown is not null)
                continue;
            columns.Add(column);
            sources.Add(i);
        }
        if (columns.Count == 0 && table.Key.Count == 0)
            Unknown ??= new RowFault(ErrorCodes.UnknownColumn, $"The record has no column of the table '{table.Name}'. Give the names of its columns in the table with -ColumnMap.");
        Columns = [.. columns];
        Sources = [.. sources];
        LacksNewer = options.UpdateWhenNewer is { } newer && table.Find(newer) is { } watched && !columns.Contains(watched) ? newer : null;
        UnusedMap = options.ColumnMap.FirstOrDefault(mapped => schema.IndexOf(mapped.Key) < 0 && table.Find(mapped.Value) is null).Key;
        KeySources = [.. table.Key.Select(key => columns.FindIndex(column => ReferenceEquals(column, key)))];
        int missing = Array.IndexOf(KeySources, -1);
        MissingKey = missing < 0 ? null : table.Key[missing];
    }

    /// <summary>The record's column names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The target columns that receive a value, in the record's order.</summary>
    public TargetColumn[] Columns { get; }

    /// <summary>Their positions in the record.</summary>
    public int[] Sources { get; }

    /// <summary>The positions of the key columns in <see cref="Columns"/>.</summary>
    public int[] KeySources { get; }

    /// <summary>The column of -UpdateWhenNewer, if the record lacks it; such a record is never newer.</summary>
    public string? LacksNewer { get; }

    /// <summary>A record column of -ColumnMap that the record lacks, mapped to a column that the target lacks too; null if there is none.</summary>
    public string? UnusedMap { get; }

    /// <summary>The positions in the record of columns that the target does not have.</summary>
    public List<int> Extra { get; } = [];

    /// <summary>The error if the record has a column that the target cannot accept.</summary>
    public RowFault? Unknown { get; }

    /// <summary>A key column that the record lacks.</summary>
    public TargetColumn? MissingKey { get; }

    /// <summary>Throws if the first record's columns, or those that the options name, do not fit, because then the call is wrong.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public void RequireFitting(TargetTable table, LoadOptions options)
    {
        if (Unknown is { } unknown)
            throw new EtlException(
                table.PartialColumns.Contains(unknown.Column) ? FailureCodes.KeyNotUnique : FailureCodes.UnknownColumn, FailureKind.InvalidCall,
                $"{unknown.Message} Nothing was loaded into '{table.Name}'.{LoneColumn.Hint(Names, "The record's")}");
        if (MissingKey is { } key)
            throw ColumnFaults.KeyMissing(key.Name, Names);
        if (UnusedMap is { } mapped)
            throw new EtlException(
                FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"-ColumnMap names '{mapped}', which the first record does not have, and maps it to a column that the table '{table.Name}' does not have. Nothing was loaded.{NearName.Hint(mapped, Names)}");
        if (LacksNewer is { } newer)
            throw new EtlException(
                FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"-UpdateWhenNewer names '{newer}', which the first record does not have. Nothing was loaded.{NearName.Hint(newer, Names)}");
        ColumnFaults.RequireKnown(table, options);
    }

    /// <summary>Why the table does not accept a column, and what to do; null if it does.</summary>
    private static RowFault? Misfit(TargetTable table, TargetColumn? column, string name, List<TargetColumn> taken, LoadOptions options) =>
        column is null ? Fault(
            name,
            $"The table '{table.Name}' has no column '{name}'.{NearName.Hint(name, table.Columns.Select(known => known.Name))} Give its name in the table with -ColumnMap, leave it out with -ExtraColumn Ignore, or add it with -ExtraColumn Add.")
        : column.IsGenerated ? Fault(
            column.Name, $"The column '{column.Name}' of '{table.Name}' is computed and accepts no value. Leave it out with -ExtraColumn Ignore.")
        : column.Refusal is { } why ? Fault(
            column.Name, $"The column '{column.Name}' of '{table.Name}' {why}. Leave it out with -ExtraColumn Ignore.")
        : table.PartialColumns.Contains(column.Name) ? Fault(
            column.Name,
            $"The index '{table.PartialIndex}' covers only some of the rows (WHERE), by the column '{column.Name}': each load would insert the records outside of it again. Leave it out with Select-Object -ExcludeProperty, or make a unique index on -Key without WHERE.")
        : ReferenceEquals(table.DeletedColumn(options), column) ? Fault(
            column.Name,
            $"The record has a value for '{column.Name}', the column of -DeletedColumn, in which the load itself marks the rows that are missing: one would overwrite the other. Leave the column out with Select-Object -ExcludeProperty, or load the records' own marks without -DeletedColumn.")
        : taken.Contains(column) ? Fault(
            column.Name,
            $"Two columns of the record go to the column '{column.Name}' of '{table.Name}'. Leave one of them out with Select-Object -ExcludeProperty, or give it another column with -ColumnMap.")
        : null;

    private static RowFault Fault(string column, string message) => new(ErrorCodes.UnknownColumn, message, column);
}

/// <summary>The errors that a record's columns can have in any database.</summary>
internal static class ColumnFaults
{
    /// <summary>The most columns that a message lists.</summary>
    private const int MostShown = 20;

    public static EtlException KeyMissing(string column, IReadOnlyList<string> known) => new(
        FailureCodes.KeyColumnMissing, FailureKind.InvalidCall,
        $"-Key names '{column}', which the first record does not have.{LoneColumn.Hint(known)} Nothing was loaded.{NearName.Hint(column, known)}{(NearName.Find(column, known) is null && known.Count <= MostShown ? $" Its columns are {string.Join(", ", known)}." : "")}");

    public static EtlException KeyUnknown(string column, TableName table, IEnumerable<TargetColumn> known) => new(
        FailureCodes.KeyColumnMissing, FailureKind.InvalidCall, $"-Key names '{column}', which is not a column of the table '{table}'.{NearName.Hint(column, known.Select(column => column.Name))}");

    /// <summary>Throws if an option names a column that the target does not have.</summary>
    /// <exception cref="EtlException">Names the column.</exception>
    public static void RequireKnown(TargetTable table, LoadOptions options)
    {
        if (options.UpdateColumn?.FirstOrDefault(name => table.Find(name) is null) is { } unknown)
            throw new EtlException(
                FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"-UpdateColumn names '{unknown}', which is not a column of the table '{table.Name}'.{NearName.Hint(unknown, table.Columns.Select(column => column.Name))}");
        if (options.UpdateColumn?.Select(table.Find).FirstOrDefault(column => table.IsKey(column!) || column!.KeepsValue || column.IsGenerated) is { } kept)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-UpdateColumn names '{kept.Name}', {(table.IsKey(kept) ? "a column of the key" : kept.IsGenerated ? "a column that the database fills" : "an identity column")}, which a load never changes.");
        foreach ((string parameter, string name) in options.MissingScope.Keys.Select(name => ("-MissingScope", name)).Concat(options.DeletedColumn is { } mark ? [("-DeletedColumn", mark)] : []))
        {
            if (table.Find(name) is not { } found)
                throw new EtlException(
                    FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"{parameter} names '{name}', which is not a column of the table '{table.Name}'.{NearName.Hint(name, table.Columns.Select(column => column.Name))}");
            if (parameter == "-DeletedColumn" && (table.IsKey(found) || found.IsGenerated || !table.CanMark(found)))
                throw DeletedMark.Refuse(found);
        }
        if (options.UpdateWhenNewer is not { } newer)
            return;
        TargetColumn column = table.Find(newer) ?? throw new EtlException(
            FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"-UpdateWhenNewer names '{newer}', which is not a column of the table '{table.Name}'.{NearName.Hint(newer, table.Columns.Select(column => column.Name))}");
        if (table.IsKey(column) || column.KeepsValue || column.IsGenerated || column.IsLeftOut)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-UpdateWhenNewer names '{newer}', which updates do not change: it is part of the key or filled by the database. Name a column that every change of a row sets, such as a time or a version.");
        if (!column.Type.IsOrdered)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-UpdateWhenNewer names '{newer}' ({column.DeclaredType}), a type that cannot be compared. Name a time, a date or a number.");
    }

    public static RowFault KeyIsNull(TargetColumn column) =>
        new(ErrorCodes.KeyIsNull, $"The key column '{column.Name}' is null or missing.", column.Name);

    /// <summary>A row that the table ignored.</summary>
    public static RowFault Ignored { get; } = new(ErrorCodes.RowRejected, "A trigger or rule of the table ignored the row.");

    /// <summary>A row that was not written, and whose key is not in the table.</summary>
    public static RowFault NotThere { get; } = new(
        ErrorCodes.RowRejected, "The row is not in the table: a trigger of the table ignored it, or gave it another key. If it has another key, give the record that key before the load.");

    public static RowFault IsNull(TargetColumn column) =>
        new(ErrorCodes.NotNullViolation, $"The column '{column.Name}' does not allow null.", column.Name);

    public static RowFault DoesNotFit(TargetColumn column, string problem) => new(
        ErrorCodes.TargetTypeMismatch,
        $"The column '{column.Name}' ({(column.DeclaredType.Length > 0 ? column.DeclaredType : "no type")}) {problem}.", column.Name);

    /// <summary>A value that the column does not accept: what it is, and what to do.</summary>
    public static RowFault DoesNotFit(TargetColumn column, string problem, Record record, int index)
    {
        RowFault fault = DoesNotFit(column, problem);
        // A problem that already says what to declare needs no further advice, and a text for a column of texts has the right type.
        bool isAdvised = problem.Contains(';', StringComparison.Ordinal) || (column.Type.Takes == "text" && record[index] is string);
        return isAdvised ? fault : fault with { Message = $"{fault.Message} {ValueKind.Advise(record, index)}" };
    }
}
