"""A bot on python-telegram-bot 13: answers what it hears, and shows what it made of it."""
import sys
import warnings

warnings.filterwarnings("ignore")

from telegram import InlineKeyboardButton, InlineKeyboardMarkup  # noqa: E402
from telegram.ext import CallbackQueryHandler, Filters, MessageHandler, Updater  # noqa: E402


def answer(update, _context):
    message = update.message or update.edited_message
    kind = "edited" if update.edited_message else "heard"
    mentions = [message.text[e.offset : e.offset + e.length] for e in message.entities]
    marks = " ".join([kind, message.chat.type, *mentions])
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])
    message.reply_text(f"{marks}: {message.text}", quote=True, reply_markup=buttons)


def document(update, _context):
    file = update.message.document.get_file()
    update.message.reply_text(f"file {len(file.download_as_bytearray())}")


def pressed(update, _context):
    update.callback_query.answer("noted")
    update.callback_query.edit_message_text(f"pressed {update.callback_query.data}")


def main():
    # The token comes by standard input: arguments are seen by everybody on the machine.
    url, token = sys.argv[1], sys.stdin.readline().strip()
    updater = Updater(token=token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")
    add = updater.dispatcher.add_handler
    add(CallbackQueryHandler(pressed))
    add(MessageHandler(Filters.document, document))
    add(MessageHandler(Filters.text, answer))
    updater.start_polling(poll_interval=0, timeout=5)
    print("ready", flush=True)
    updater.idle()


main()
