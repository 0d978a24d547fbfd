using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets;

/// <summary>What a load would do, as -WhatIf tells it from the first good record.</summary>
public sealed class EtlLoadPlan
{
    internal EtlLoadPlan(LoadPlan plan)
    {
        Provider = plan.Provider;
        Database = plan.Database;
        Table = plan.Table;
        Columns = [.. plan.Columns.Select(column => new EtlPlannedColumn(column))];
        Statements = [.. plan.Statements];
        Problem = plan.Problem;
    }

    /// <summary>The kind of database.</summary>
    public string Provider { get; }

    /// <summary>The database, without user or password.</summary>
    public string Database { get; }

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>What would be loaded into, in one line: the kind of database, the database and the table.</summary>
    public string Target => $"{Provider} {Database}, table {Table}";

    /// <summary>What happens to each of the records' columns.</summary>
    public EtlPlannedColumn[] Columns { get; }

    /// <summary>The statements in the order in which they would run; those of a batch once.</summary>
    public string[] Statements { get; }

    /// <summary>Why the table would not take the first record; null if it would, as far as can be told without asking it.</summary>
    public string? Problem { get; }

    /// <summary>One line for a log.</summary>
    public override string ToString() => $"{Table}: {string.Join(", ", Columns.Select(column => column.ToString()))}";
}

/// <summary>What happens to a column of the records.</summary>
public sealed class EtlPlannedColumn
{
    internal EtlPlannedColumn(PlannedColumn column)
    {
        Column = column.Column;
        TargetColumn = column.TargetColumn;
        Type = column.Type;
        Use = column.Use.ToString();
        Change = column.Change;
    }

    /// <summary>Its name in the records.</summary>
    public string Column { get; }

    /// <summary>The column of the table that gets its values; null if none does.</summary>
    public string? TargetColumn { get; }

    /// <summary>That column's type, as the database writes it.</summary>
    public string? Type { get; }

    /// <summary>Key, InsertAndUpdate, InsertOnly or Skip.</summary>
    public string Use { get; }

    /// <summary>How the table would be changed for it: added, or widened from another type; null if it would not.</summary>
    public string? Change { get; }

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        TargetColumn is null ? $"{Column}: {Use}" : $"{Column} -> {TargetColumn} ({Type}): {Use}{(Change is null ? "" : $", {Change}")}";
}
