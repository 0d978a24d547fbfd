using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>The script blocks of one command, made ready for any runspace, and the values that they read of the caller's session.</summary>
internal sealed class ScriptBlocks(PSCmdlet caller)
{
    private readonly List<(ScriptBlockAst Block, string Column)> _columns = [];
    private ScriptBlockAst? _filter;
    private ScriptBlockAst? _block;
    private bool _emitsAtTheEnd;

    /// <summary>True when there is nothing to run.</summary>
    public bool IsEmpty => _filter is null && _block is null && _columns.Count == 0;

    public bool HasBlock => _block is not null;

    /// <summary>What -ArgumentList gave.</summary>
    public object?[] Arguments { get; init; } = [];

    /// <summary>The values of <c>$using:</c> expressions.</summary>
    public Dictionary<string, object?> Using { get; } = new(StringComparer.Ordinal);

    public void SetFilter(ScriptBlock block) => _filter = Prepare(block, "FilterScript");

    public void SetBlock(ScriptBlock block)
    {
        _block = Prepare(block, "ScriptBlock");
        _emitsAtTheEnd = FinalOutput.IsOf(_block);
    }

    public void AddColumn(string column, ScriptBlock block) => _columns.Add((Prepare(block, "SetColumn"), column));

    public BlockStep? NewFilter() => _filter is null ? null : new BlockStep(_filter, "The filter", Arguments);

    /// <param name="taker">Takes what a block emits that may change it afterwards.</param>
    public BlockStep? NewBlock(Action<object?> taker) =>
        _block is null ? null : new BlockStep(_block, "The script block", Arguments) { Taker = _emitsAtTheEnd ? null : taker };

    /// <summary>The blocks that compute columns, by the column's name.</summary>
    public Dictionary<string, BlockStep> NewColumns() => _columns.ToDictionary(
        entry => entry.Column, entry => new BlockStep(entry.Block, $"The block of -SetColumn '{entry.Column}'", Arguments, entry.Column));

    private ScriptBlockAst Prepare(ScriptBlock block, string parameter)
    {
        UsingVariables.Read(block, parameter, caller, Using);
        return FilterBlock.From(block, parameter);
    }
}
