using System.Collections;
using System.Management.Automation;

// The engine's formats find these types by their full names, and error ids end in those of the commands.
namespace Microsoft.PowerShell.Commands;

public class WriteErrorException(string? message) : SystemException(message);

public class GroupInfo(string name, IReadOnlyList<object?> values, IReadOnlyList<PSObject> group)
{
    public ArrayList Values { get; } = new(values.ToArray());

    public int Count { get; } = group.Count;

    public System.Collections.ObjectModel.Collection<PSObject> Group { get; } = [.. group];

    public string Name { get; } = name;
}

public sealed class GroupInfoNoElement(string name, IReadOnlyList<object?> values, IReadOnlyList<PSObject> group) : GroupInfo(name, values, group);

public abstract class MeasureInfo
{
    public string? Property { get; init; }
}

public sealed class GenericMeasureInfo : MeasureInfo
{
    public int Count { get; init; }

    public double? Average { get; init; }

    public double? Sum { get; init; }

    public object? Maximum { get; init; }

    public object? Minimum { get; init; }

    public double? StandardDeviation { get; init; }
}

public sealed class TextMeasureInfo : MeasureInfo
{
    public int? Lines { get; init; }

    public int? Words { get; init; }

    public int? Characters { get; init; }
}

public sealed record MemberDefinition(string TypeName, string Name, PSMemberTypes MemberType, string Definition)
{
    public override string ToString() => Definition;
}
