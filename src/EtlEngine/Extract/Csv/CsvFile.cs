using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>What all chunks of one file share.</summary>
internal sealed class CsvFile
{
    public CsvFile(SourceInfo source, Schema schema, CsvOptions options)
    {
        Source = source;
        Schema = schema;
        Types = new ColumnType[schema.Count];
        foreach ((string column, ColumnType type) in options.Types)
        {
            int index = schema.IndexOf(column);
            if (index < 0)
            {
                throw new EtlException(
                    FailureCodes.UnknownColumn, FailureKind.InvalidCall,
                    $"-Type: {source.Name} has no column '{column}'. Its columns are {string.Join(", ", schema.Names)}.");
            }
            Types[index] = type;
        }
        IsTyped = Array.Exists(Types, type => type != ColumnType.String);
    }

    public SourceInfo Source { get; }

    public Schema Schema { get; }

    /// <summary>The type of each column, in the schema's order.</summary>
    public ColumnType[] Types { get; }

    public bool IsTyped { get; }

    /// <summary>The message of a value that is not of its column's type.</summary>
    public string NotOfType(int column) => $"Column '{Schema[column]}' holds no {ColumnTypes.NameOf(Types[column])}.";
}
