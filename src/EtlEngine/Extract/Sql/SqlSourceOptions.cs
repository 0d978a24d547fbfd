using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>What is read from which database: a query, or a table.</summary>
internal sealed record SqlSourceOptions
{
    /// <summary>The database.</summary>
    public required TargetOptions Target { get; init; }

    /// <summary>The query; null if a table is read.</summary>
    public string? Query { get; init; }

    /// <summary>The table or view; null if a query is given.</summary>
    public string? Table { get; init; }

    /// <summary>The columns that are read of the table. Default none: all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>A condition for the rows of the table, in the database's own SQL. Default null: all rows.</summary>
    public string? Where { get; init; }

    /// <summary>The values of the parameters that query or condition name, by their names without @.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>The columns of the table by which its rows are read in order. Default none: in no order.</summary>
    public IReadOnlyList<string> WatermarkColumns { get; init; } = [];

    /// <summary>How far the rows have been loaded: reading begins behind it. Default null: at the beginning.</summary>
    public Watermark? ResumeFrom { get; init; }

    /// <summary>The first watermark column is less than this. Default null: no end.</summary>
    public object? Until { get; init; }

    /// <summary>How far before the watermark reading begins again, where its first column is a time. Default zero.</summary>
    public TimeSpan WatermarkLag { get; init; }

    /// <summary>What happens to rows whose watermark columns hold a null. Default Error.</summary>
    public NullWatermark NullWatermark { get; init; } = NullWatermark.Error;

    /// <summary>Whether all rows are read as they were at one moment. Default false.</summary>
    public bool IsSnapshot { get; init; }

    /// <summary>For how long a database that does not answer is tried again.</summary>
    public TimeSpan OutageBudget { get; init; } = LoadOptions.DefaultOutageBudget;

    /// <summary>The breaker that the session has for the database.</summary>
    public BreakerOptions Breaker { get; init; } = new();
}
